import type { WrittenRequest } from '@slm-audit/replay'

/** Headers that vendors ask for a key in; a variable stands for it, as their own clients name it. */
const KEYS: { readonly [host: string]: readonly string[] } = {
  'api.openai.com': ['authorization: Bearer $OPENAI_API_KEY'],
  'api.mistral.ai': ['authorization: Bearer $MISTRAL_API_KEY'],
  'api.anthropic.com': ['x-api-key: $ANTHROPIC_API_KEY', 'anthropic-version: 2023-06-01'],
  'generativelanguage.googleapis.com': ['x-goog-api-key: $GEMINI_API_KEY']
}

/** A request as a command for a POSIX shell. What people wrote stands in single quotes, where nothing is read but a quote. */
export function curlOf({ address, body }: WrittenRequest): string {
  const keys = (KEYS[new URL(address).host] ?? []).map((header) => `-H "${header}"`)
  const parts = [
    `curl ${quoted(address)}`,
    `-H 'content-type: application/json'`,
    ...keys,
    `-d ${quoted(body)}`
  ]
  return parts.join(' \\\n  ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
