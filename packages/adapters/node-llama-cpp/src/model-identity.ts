import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import type { ModelIdentity } from '@slm-audit/core/adapter'
import { fileDigest } from '@slm-audit/core/node'
import {
  GgufFileType,
  getModuleVersion,
  type Llama,
  type LlamaContext,
  type LlamaModel
} from 'node-llama-cpp'
import { findLoraDigests, loraAdapters } from './lora-adapters.ts'

/** What takes time to find out about a model; empty until then. */
type LateFacts = Pick<ModelIdentity, 'digest' | 'files'> & { readonly version?: string }

interface KnownModel {
  readonly facts: ModelIdentity
  late: LateFacts
  ready: Promise<void> | undefined
}

const models = new WeakMap<LlamaModel, KnownModel>()

/**
 * The identity of a loaded model, complete with the digest of its file: awaited before the first
 * call, even that call's `received` record carries the digest. It is computed once per file, in a
 * thread of its own.
 *
 * Rejects with the error of the file system when the file cannot be read any more.
 */
export async function modelIdentity(model: LlamaModel): Promise<ModelIdentity> {
  const known = knownModel(model)
  await findLateFacts(model, known, true)
  return identityNow(known)
}

/**
 * The identity of the model of a context as far as it is known when the function is called; what
 * is still missing is looked for meanwhile. `failed` hears why it cannot be found.
 */
export function contextIdentity(
  context: LlamaContext,
  failed: (error: unknown) => void
): () => ModelIdentity {
  const known = knownModel(context.model)
  known.ready ??= findLateFacts(context.model, known, false)
  known.ready.catch(failed)
  findLoraDigests(context).catch(failed)
  const { contextSize, idealThreads } = context
  return () => {
    const adapters = loraAdapters(context)
    return {
      ...identityNow(known),
      contextSize,
      threads: idealThreads,
      ...(adapters.length > 0 && { adapters })
    }
  }
}

function knownModel(model: LlamaModel): KnownModel {
  const known = models.get(model) ?? { facts: factsOf(model), late: {}, ready: undefined }
  models.set(model, known)
  return known
}

function identityNow({ facts, late }: KnownModel): ModelIdentity {
  const { version, ...found } = late
  const runtime = { ...facts.runtime, ...(version !== undefined && { 'node-llama-cpp': version }) }
  return { ...facts, ...found, runtime }
}

async function findLateFacts(model: LlamaModel, known: KnownModel, hold: boolean): Promise<void> {
  known.late = { ...known.late, version: await getModuleVersion() }
  const paths = pathsOf(model)
  const digests = await Promise.all(paths.map((path) => fileDigest(path, hold)))
  const [digest] = digests
  if (digests.length === 1 && digest !== undefined) known.late = { ...known.late, digest }
  if (digests.length < 2) return
  const files = paths.map((path, index) => [basename(path), digests[index] ?? ''] as const)
  known.late = { ...known.late, files: Object.fromEntries(files) }
}

function factsOf(model: LlamaModel): ModelIdentity {
  const { fileInfo } = model
  const llama = llamaOf(model)
  const { general, tokenizer } = fileInfo.metadata
  const [path] = pathsOf(model)
  const file = path === undefined ? model.filename : basename(path)
  const architecture = model.architecture ?? general?.architecture
  const parameters = parametersOf(model)
  const fileType = general?.file_type === undefined ? undefined : GgufFileType[general.file_type]
  const template: unknown = tokenizer?.chat_template
  return {
    ...(general?.name !== undefined && { name: String(general.name) }),
    ...(file !== undefined && { file }),
    format: `GGUF v${fileInfo.version}`,
    ...(architecture !== undefined && { architecture: String(architecture) }),
    ...(parameters > 0 && { parameters }),
    ...(fileType !== undefined && { quantization: fileType.replace(/^(MOSTLY|ALL)_/, '') }),
    ...(typeof template === 'string' && { chatTemplateDigest: sha256(template) }),
    ...(llama && {
      runtime: { 'llama.cpp': llama.llamaCppRelease.release, build: llama.buildType },
      device: deviceOf(llama, model.gpuLayers)
    })
  }
}

/** Older versions of the runtime keep it private. */
function llamaOf(model: LlamaModel): Llama | undefined {
  return model.llama ?? Reflect.get(model, '_llama')
}

function deviceOf(llama: Llama, gpuLayers: number): string {
  return llama.gpu === false || gpuLayers === 0 ? 'cpu' : `${llama.gpu}, ${gpuLayers} layers`
}

function parametersOf({ fileInfo }: LlamaModel): number {
  let parameters = 0
  for (const { dimensions } of fileInfo.fullTensorInfo ?? fileInfo.tensorInfo ?? []) {
    parameters += dimensions.reduce<number>((product, size) => product * Number(size), 1)
  }
  return parameters
}

/** The files that the model was read from. Older versions of the runtime keep only a private path. */
function pathsOf(model: LlamaModel): readonly string[] {
  const sources = model.fileInfo.sourceData ?? []
  const paths = sources.flatMap((source) => (source.type === 'path' ? [source.path] : []))
  if (paths.length > 0) return paths
  const path: unknown = Reflect.get(model, '_modelPath')
  return typeof path === 'string' ? [path] : []
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
