import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TinyOnnxModel, tinyOnnxModels, writeTinyOnnx } from '@slm-audit/tiny-models/onnx'
import { afterAll, beforeAll } from 'vitest'

/** What the tests use of transformers.js, in the types of the newest version. */
export type Transformers = typeof import('@huggingface/transformers')

/** A callable pipeline of any task; what it gives is compared, not typed. */
export interface AnyPipeline {
  (...args: unknown[]): Promise<unknown>
  readonly model: AnyModel
  readonly tokenizer: AnyTokenizer
}

/** A model as the tests use it. */
export interface AnyModel {
  (inputs: object): Promise<{ readonly logits: Tensor }>
  generate(options: object): Promise<Tensor>
}

/** A tokenizer as the tests use it. */
export interface AnyTokenizer {
  (text: string | readonly string[], options?: object): { readonly input_ids: Tensor }
  decode(ids: readonly number[], options?: object): string
}

/** A tensor as the tests use it. */
export interface Tensor {
  readonly dims: readonly number[]
  readonly data: ArrayLike<number | bigint>
  tolist(): unknown[]
}

/** The oldest and the newest version that the adapter supports. */
export const versions = ['3', '4'] as const

/** The major version of transformers.js that a test runs. */
export type Version = (typeof versions)[number]

/** One version of transformers.js on tiny models. */
export interface Runtime {
  readonly lib: Transformers
  readonly folder: string
  /** SHA-256 of the files of each model, by path. */
  readonly digests: { readonly [Name in TinyOnnxModel]?: { readonly [file: string]: string } }
  load(name: TinyOnnxModel): Promise<AnyPipeline>
}

/** Writes the models before the tests of a file, and gives one version of transformers.js. */
export function useRuntime(...names: readonly TinyOnnxModel[]): (version: Version) => Runtime {
  const runtimes = new Map<Version, Runtime>()
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'transformers-'))
    const written = await Promise.all(
      names.map(async (name) => [name, await writeTinyOnnx(folder, name)] as const)
    )
    const libs: { readonly [V in Version]: Transformers } = {
      '3': (await import('@huggingface/transformers-3')) as unknown as Transformers,
      '4': await import('@huggingface/transformers')
    }
    for (const version of versions) {
      const lib = libs[version]
      lib.env.allowRemoteModels = false
      lib.env.localModelPath = `${folder}/`
      const load = async (name: TinyOnnxModel) =>
        (await lib.pipeline(tinyOnnxModels[name], name, {
          dtype: 'fp32'
        })) as unknown as AnyPipeline
      runtimes.set(version, { lib, folder, digests: Object.fromEntries(written), load })
    }
  })
  afterAll(() => rm(folder, { recursive: true }))
  return (version) => {
    const runtime = runtimes.get(version)
    if (runtime === undefined) throw new Error('the runtime is there during tests only')
    return runtime
  }
}
