import {
  AuditError,
  type AuditLog,
  type ModelIdentity,
  reportUntested
} from '@slm-audit/core/adapter'
import { member } from './member.ts'
import { digestFiles, digestText } from './model-files.ts'
import type { WrapOptions } from './wrap-options.ts'

interface Known {
  readonly facts: ModelIdentity
  late: ModelIdentity
  readonly ready: Promise<void>
}

const models = new WeakMap<object, Map<string, Known>>()
const newest = new WeakMap<object, Known>()

/**
 * The identity of a wrapped model, or of the model of a wrapped pipeline, complete with the digests
 * of its files: awaited before the first call, even that call's `received` record carries them.
 * `undefined` for what is not wrapped.
 */
export async function modelIdentity(target: object): Promise<ModelIdentity | undefined> {
  const known = newest.get(target) ?? newest.get((member(target, 'model') ?? target) as object)
  if (known === undefined) return undefined
  await known.ready
  return { ...known.facts, ...known.late }
}

/**
 * The identity of a model as far as it is known when the returned function runs; the digests of its
 * files are computed meanwhile, once per file, where the runtime has files.
 */
export function identityOf(
  model: object,
  tokenizer: unknown,
  log: AuditLog,
  options: WrapOptions
): () => ModelIdentity {
  reportUntested(log, {
    name: '@huggingface/transformers',
    version: options.env?.version,
    tested: ['3', '4']
  })
  const all = models.get(model) ?? new Map<string, Known>()
  models.set(model, all)
  const { model: name, revision, folder, subfolder, modelFileName } = options
  const key = JSON.stringify([name, revision, folder, subfolder, modelFileName])
  const known = all.get(key) ?? learn(model, tokenizer, log, options)
  all.set(key, known)
  newest.set(model, known)
  return () => ({ ...known.facts, ...known.late, ...options.identity })
}

function learn(model: object, tokenizer: unknown, log: AuditLog, options: WrapOptions): Known {
  const find = async (): Promise<void> => {
    const template = member(tokenizer, 'chat_template')
    if (typeof template === 'string') {
      known.late = { ...known.late, chatTemplateDigest: await digestText(template) }
    }
    known.late = { ...known.late, ...(await digestFiles(model, options)) }
  }
  const known: Known = {
    facts: factsOf(model, options),
    late: {},
    ready: Promise.resolve()
      .then(find)
      .catch((cause: unknown) => {
        const message = 'the digests of the model files are unknown, because they cannot be read'
        log.report(new AuditError('observer_failed', message, { cause }))
      })
  }
  return known
}

function factsOf(model: object, { model: name, revision, env }: WrapOptions): ModelIdentity {
  const config = member(model, 'config')
  const architectures = member(config, 'architectures')
  const [architecture = member(config, 'model_type')]: readonly unknown[] = Array.isArray(
    architectures
  )
    ? architectures
    : []
  const contextSize = member(config, 'max_position_embeddings')
  const quantization = agreed(model, 'dtype')
  const device = agreed(model, 'device')
  const runtime = runtimeOf(env)
  return {
    ...(name !== undefined && { name }),
    ...(revision !== undefined && { revision }),
    format: 'ONNX',
    ...(typeof architecture === 'string' && { architecture }),
    ...(quantization !== undefined && { quantization }),
    ...(typeof contextSize === 'number' && { contextSize }),
    ...(device !== undefined && { device }),
    ...(Object.keys(runtime).length > 0 && { runtime })
  }
}

/** What the sessions of a model say of themselves: one word, or each its own. */
function agreed(model: object, name: 'dtype' | 'device'): string | undefined {
  const sessions = Object.entries((member(model, 'sessions') ?? {}) as object)
  const said = sessions.flatMap(([session, value]) => {
    const word = member(member(value, 'config'), name)
    return typeof word === 'string' ? [[session, word] as const] : []
  })
  const words = new Set(said.map(([, word]) => word))
  if (words.size <= 1) return said[0]?.[1]
  return said.map(([session, word]) => `${session}: ${word}`).join(', ')
}

function runtimeOf(env: WrapOptions['env']): { [name: string]: string } {
  const versions = member(member(env?.backends, 'onnx'), 'versions')
  const found: { [name: string]: unknown } = {
    '@huggingface/transformers': env?.version,
    'onnxruntime-node': member(versions, 'node'),
    'onnxruntime-web': member(versions, 'web')
  }
  const texts = Object.entries(found).filter(([, version]) => typeof version === 'string')
  return Object.fromEntries(texts) as { [name: string]: string }
}
