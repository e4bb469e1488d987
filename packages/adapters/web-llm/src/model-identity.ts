import {
  canonicalize,
  decodeBase64,
  isObject,
  type Json,
  type ModelIdentity,
  textMember,
  toHex
} from '@slm-audit/core/adapter'
import { sha256 } from '@slm-audit/core/tlog'
import { chatConfig, modelRecord, type WrapOptions } from './engine.ts'

type Members = { readonly [name: string]: unknown }

/** Digests of chat templates, which are objects that stay the same while a model is loaded. */
const templateDigests = new WeakMap<object, string>()

/** What the engine knows of a model now; to be called before `reload` can change it. */
export function modelIdentity(engine: object, model: string, options: WrapOptions): ModelIdentity {
  const record = modelRecord(engine, model, options)
  const config = chatConfig(engine, model, record)
  const size = config.context_window_size
  const template = config.conv_template
  return {
    name: model,
    ...textMember('source', locationOf(record.model)),
    ...textMember('revision', revisionOf(record.model)),
    ...textMember('architecture', config.model_type),
    ...textMember('quantization', config.quantization),
    // -1 stands for a sliding window.
    ...(typeof size === 'number' && size > 0 && { contextSize: size }),
    ...(isObject(template) && { chatTemplateDigest: digestOf(template) }),
    ...runtimeOf(record.model_lib),
    ...filesOf(record.integrity),
    device: 'webgpu',
    ...options.identity
  }
}

function runtimeOf(lib: unknown): Pick<ModelIdentity, 'runtime'> {
  const location = locationOf(lib)
  return location === undefined ? {} : { runtime: { model_lib: location } }
}

/** A location without what may be a key: user, password, parameters. */
function locationOf(url: unknown): string | undefined {
  if (typeof url !== 'string') return undefined
  const path = url.replace(/[?#].*$/s, '')
  return path.replace(/^(\w+:\/\/)[^/]*@/, '$1')
}

/** The branch or commit, where the address names one. */
function revisionOf(url: unknown): string | undefined {
  return typeof url === 'string' ? /\/resolve\/([^/?#]+)/.exec(url)?.[1] : undefined
}

function digestOf(template: object): string {
  const known = templateDigests.get(template)
  if (known !== undefined) return known
  const text = canonicalize(JSON.parse(JSON.stringify(template)) as Json)
  const digest = toHex(sha256(new TextEncoder().encode(text)))
  templateDigests.set(template, digest)
  return digest
}

/** SHA-256 of the files that the engine verified when it loaded them, or it had not. */
function filesOf(integrity: unknown): Pick<ModelIdentity, 'files'> {
  if (!isObject(integrity) || integrity.onFailure === 'warn') return {}
  const { config, model_lib: lib, tokenizer } = integrity
  const given: Members = {
    ...(isObject(tokenizer) && tokenizer),
    'mlc-chat-config.json': config,
    model_lib: lib
  }
  const files = Object.entries(given).flatMap(([name, sri]) => {
    const base64 = typeof sri === 'string' ? /^sha256-([\w+/]+=*)$/.exec(sri)?.[1] : undefined
    const digest = base64 === undefined ? undefined : decodeBase64(base64)
    return digest === undefined ? [] : [[name, toHex(digest)] as const]
  })
  return files.length > 0 ? { files: Object.fromEntries(files) } : {}
}
