import { type AuditRecord, isObject } from '@slm-audit/core/exporter'

/** The modalities that the conventions have names for. */
export const MODALITIES = ['text', 'image', 'audio'] as const

/** Counts of tokens of one modality, as far as they are told. */
export interface ModalCounts {
  readonly input?: number
  readonly output?: number
  readonly cacheRead?: number
}

/** Where providers split their counts: objects with `text_tokens`, or lists of `{ modality, tokenCount }`. */
const PLACES: readonly (readonly [keyof ModalCounts, ...(readonly string[])])[] = [
  [
    'input',
    'prompt_tokens_details',
    'input_tokens_details',
    'input_token_details',
    'promptTokensDetails'
  ],
  [
    'output',
    'completion_tokens_details',
    'output_tokens_details',
    'output_token_details',
    'candidatesTokensDetails'
  ],
  ['cacheRead', 'cacheTokensDetails']
]

/** Inside of the input's details: what of them came from a cache. */
const CACHED = 'cached_tokens_details'

/** The tokens of a call by modality, as its provider split them; without a split, nothing. */
export function modalityCounts({ response }: AuditRecord): {
  readonly [Modality in (typeof MODALITIES)[number]]?: ModalCounts
} {
  const raw = response?.usage?.raw
  if (!isObject(raw)) return {}
  const entries = MODALITIES.map((modality) => [modality, countsOf(raw, modality)] as const)
  return Object.fromEntries(entries.filter(([, counts]) => Object.keys(counts).length > 0))
}

function countsOf(raw: { readonly [name: string]: unknown }, modality: string): ModalCounts {
  const counts: { -readonly [Name in keyof ModalCounts]: number } = {}
  for (const [name, ...places] of PLACES) {
    for (const place of places) {
      const split = raw[place]
      const count = countIn(split, modality)
      if (count !== undefined) counts[name] ??= count
      const cached =
        name === 'input' && isObject(split) ? countIn(split[CACHED], modality) : undefined
      if (cached !== undefined) counts.cacheRead ??= cached
    }
  }
  return counts
}

function countIn(split: unknown, modality: string): number | undefined {
  if (Array.isArray(split)) {
    const found = split.find((one) => isObject(one) && one['modality'] === modality.toUpperCase())
    return isObject(found) ? counted(found['tokenCount']) : undefined
  }
  return isObject(split) ? counted(split[`${modality}_tokens`] ?? split[modality]) : undefined
}

function counted(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined
}
