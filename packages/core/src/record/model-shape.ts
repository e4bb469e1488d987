import { anything, count, digest, finite, list, map, type Shape, text } from './header-shape.ts'
import type { ModelIdentity } from './record.ts'

/** How what an adapter knows of a local model fits into the header. */
export const MODEL: Shape<ModelIdentity> = {
  name: text,
  file: text,
  digest,
  source: text,
  revision: text,
  format: text,
  architecture: text,
  parameters: count,
  quantization: text,
  contextSize: count,
  chatTemplateDigest: digest,
  adapters: list(anything),
  runtime: texts,
  device: text,
  threads: count,
  seed: finite,
  files: texts
}

/** An object of texts. */
function texts(value: unknown): unknown {
  const given = map(value) as { readonly [name: string]: unknown } | undefined
  if (given === undefined) return undefined
  if (Object.values(given).every((one) => typeof one === 'string')) return given
  const entries = Object.entries(given).map(([name, one]) => [name, text(one)])
  return Object.fromEntries(entries.filter(([, one]) => one !== undefined))
}
