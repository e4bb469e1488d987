import { basename, resolve } from 'node:path'
import { isObject } from '@slm-audit/core/adapter'
import { fileDigest } from '@slm-audit/core/node'
import type { LlamaContext } from 'node-llama-cpp'

/** A LoRA adapter as a record names it. */
export type LoraAdapter = {
  readonly file: string
  /** SHA-256 of the file, once it is known. */
  readonly digest?: string
  /** As the application gave it. */
  readonly scale?: number
}

interface LoraFile {
  readonly path: string
  readonly scale?: number
}

const created = new WeakMap<LlamaContext, readonly LoraFile[]>()
const digests = new WeakMap<LlamaContext, Map<string, string>>()

/** Notes what a context was created with: the runtime itself forgets the scales. */
export function noteLora(context: LlamaContext, options: unknown): void {
  const lora = isObject(options) ? options.lora : undefined
  const adapters = isObject(lora) && Array.isArray(lora.adapters) ? lora.adapters : [lora]
  const files = adapters.flatMap((adapter: unknown): LoraFile[] => {
    if (typeof adapter === 'string') return [{ path: resolve(adapter) }]
    if (!isObject(adapter) || typeof adapter.filePath !== 'string') return []
    const { filePath, scale } = adapter
    return [{ path: resolve(filePath), ...(typeof scale === 'number' && { scale }) }]
  })
  if (files.length > 0) created.set(context, files)
}

/** The adapters of a context as far as they are known now. */
export function loraAdapters(context: LlamaContext): LoraAdapter[] {
  return filesOf(context).map(({ path, ...scale }) => {
    const digest = digests.get(context)?.get(path)
    return { file: basename(path), ...scale, ...(digest !== undefined && { digest }) }
  })
}

/** Resolves when the digests of a context's adapters are known. */
export async function findLoraDigests(context: LlamaContext): Promise<void> {
  const found = new Map<string, string>()
  digests.set(context, found)
  const find = async ({ path }: LoraFile) => found.set(path, await fileDigest(path))
  await Promise.all(filesOf(context).map(find))
}

/** What was noted, or the files that the runtime keeps, which it does without their scales. */
function filesOf(context: LlamaContext): readonly LoraFile[] {
  const noted = created.get(context)
  if (noted) return noted
  const loras: unknown = Reflect.get(context, '_loraAdapters')
  if (!(loras instanceof Set)) return []
  const paths = [...loras].map((lora: { readonly filePath?: unknown }) => lora.filePath)
  return paths.flatMap((path) => (typeof path === 'string' ? [{ path }] : []))
}
