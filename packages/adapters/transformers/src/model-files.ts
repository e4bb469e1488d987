import { AuditError, type ModelIdentity, toHex } from '@slm-audit/core/adapter'
import { member } from './member.ts'
import type { WrapOptions } from './wrap-options.ts'

type FileDigest = (path: string) => Promise<string>

/** The end of the names of weights files, by dtype. */
const SUFFIXES: { readonly [dtype: string]: string } = {
  fp32: '',
  fp16: '_fp16',
  q8: '_quantized',
  int8: '_int8',
  uint8: '_uint8',
  q4: '_q4',
  q4f16: '_q4f16',
  q2: '_q2',
  q2f16: '_q2f16',
  q1: '_q1',
  q1f16: '_q1f16',
  bnb4: '_bnb4'
}
const TEXTS = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'preprocessor_config.json',
  'chat_template.jinja'
]
const MAX_DATA_FILES = 100

/** SHA-256 of a text in lower-case hexadecimal. */
export async function digestText(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return toHex(new Uint8Array(digest))
}

/**
 * Digests of the files that a model was loaded from, found where transformers.js looks for them:
 * in the local models, then in its cache. Nothing where the runtime has no files, or the folder is
 * not known. Rejects when a file is there and cannot be read, or when no weights are there.
 */
export async function digestFiles(
  model: object,
  options: WrapOptions
): Promise<Pick<ModelIdentity, 'file' | 'digest' | 'files'>> {
  const folders = foldersOf(options)
  const fileDigest = folders.length === 0 ? undefined : await nodeFileDigest()
  if (fileDigest === undefined) return {}
  for (const folder of folders) {
    const weights = await digestWeights(model, folder, options, fileDigest)
    if (weights.size === 0) continue
    const texts = await digestAll(folder, TEXTS, fileDigest)
    const files = Object.fromEntries([...weights, ...texts])
    const [only] = weights
    if (weights.size > 1 || only === undefined) return { files }
    const [path, digest] = only
    return { file: path.slice(path.lastIndexOf('/') + 1), digest, files }
  }
  throw new AuditError('observer_failed', `no weights are in ${folders.join(' or ')}`)
}

/** Only where there are files is there something to load; bundlers for browsers must not. */
async function nodeFileDigest(): Promise<FileDigest | undefined> {
  if (typeof globalThis.process?.versions?.node !== 'string') return undefined
  const entry = '@slm-audit/core/node'
  const node = (await import(/* @vite-ignore */ /* webpackIgnore: true */ entry)) as {
    readonly fileDigest: FileDigest
  }
  return node.fileDigest
}

function foldersOf({ model, revision = 'main', folder, env }: WrapOptions): readonly string[] {
  if (folder !== undefined) return [folder]
  if (model === undefined) return []
  const local = env?.allowLocalModels === false ? undefined : env?.localModelPath
  const cached = revision === 'main' ? model : `${model}/${revision}`
  return [
    ...(local ? [joined(local, model)] : []),
    ...(env?.cacheDir ? [joined(env.cacheDir, cached)] : []),
    ...(/^([./\\]|[A-Za-z]:)/.test(model) ? [model] : [])
  ]
}

/** The weights of each session, with the parts that are kept beside them. */
async function digestWeights(
  model: object,
  folder: string,
  { subfolder = 'onnx', modelFileName }: WrapOptions,
  fileDigest: FileDigest
): Promise<Map<string, string>> {
  const digests = new Map<string, string>()
  const isPair = member(member(model, 'config'), 'is_encoder_decoder') === true
  for (const [session, value] of Object.entries((member(model, 'sessions') ?? {}) as object)) {
    const dtype = member(member(value, 'config'), 'dtype')
    const suffix = typeof dtype === 'string' ? SUFFIXES[dtype] : undefined
    if (suffix === undefined) continue
    const usual = session === 'model' && isPair ? 'encoder_model' : session
    const name = session === 'model' && !isPair ? (modelFileName ?? usual) : usual
    const path = `${subfolder === '' ? '' : `${subfolder}/`}${name}${suffix}.onnx`
    for (const [found, digest] of await digestAll(folder, [path], fileDigest)) {
      digests.set(found, digest)
    }
    for (let at = 0; at < MAX_DATA_FILES; at++) {
      const part = `${path}_data${at === 0 ? '' : `_${at}`}`
      const [entry] = await digestAll(folder, [part], fileDigest)
      if (entry === undefined) break
      digests.set(...entry)
    }
  }
  return digests
}

/** The digests of those files that are there. */
async function digestAll(
  folder: string,
  files: readonly string[],
  fileDigest: FileDigest
): Promise<readonly (readonly [file: string, digest: string])[]> {
  const found = await Promise.all(
    files.map(async (file) => {
      try {
        return [[file, await fileDigest(joined(folder, file))] as const]
      } catch (error) {
        if (member(error, 'code') === 'ENOENT' || member(error, 'code') === 'ENOTDIR') return []
        throw error
      }
    })
  )
  return found.flat()
}

function joined(folder: string, name: string): string {
  return /[/\\]$/.test(folder) ? `${folder}${name}` : `${folder}/${name}`
}
