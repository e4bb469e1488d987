import {
  type AnyMethod,
  type AuditLog,
  type CallRequest,
  type CallResponse,
  checkWrapping,
  replaceMethod,
  wrapMethod
} from '@slm-audit/core/adapter'
import { Generation } from './generation.ts'
import { member } from './member.ts'
import { identityOf } from './model-identity.ts'
import { readIds, toPlain } from './plain.ts'
import { settingsOf } from './settings.ts'
import { decode, isOptions } from './token-scores.ts'
import { isRecorded, watchModel } from './watch-model.ts'
import type { WrapOptions } from './wrap-options.ts'

interface GeneratingModel {
  generate(...args: unknown[]): Promise<unknown>
}

/** What `generate` takes that is input and no setting. */
const INPUTS = [
  'inputs',
  'input_ids',
  'attention_mask',
  'token_type_ids',
  'input_features',
  'input_values',
  'pixel_values',
  'pixel_attention_mask',
  'inputs_embeds',
  'decoder_input_ids'
]
const NO_SETTINGS = new Set([...INPUTS, 'past_key_values'])
/** Made by the tokenizer beside the ids, whose length says as much. */
const NOT_KEPT = new Set(['attention_mask', 'token_type_ids'])

/**
 * Records the calls of a model's `generate`. The model is changed in place and returned; wrapping
 * it twice for one log is harmless, and so is a wrapped pipeline around it. With a tokenizer the
 * record has texts beside the token ids.
 *
 * Throws TypeError when the object has no `generate`. One that is frozen is reported as `client_unseen`.
 */
export function wrapModel<Model extends object>(
  model: Model,
  log: AuditLog,
  options: WrapOptions & { readonly tokenizer?: unknown } = {}
): Model {
  checkWrapping(log, model)
  if (typeof member(model, 'generate') !== 'function') {
    throw new TypeError('the object has no method generate: give wrapModel a model')
  }
  watchModel(model, log)
  recordGenerate(model, log, options)
  return model
}

function recordGenerate(
  model: object,
  log: AuditLog,
  options: WrapOptions & { readonly tokenizer?: unknown }
): void {
  const { tokenizer, confidence = false } = options
  const identity = identityOf(model, tokenizer, log, options)
  const generations = new WeakMap<object, Generation>()
  const inner = Reflect.get(model, 'generate') as AnyMethod
  const read = (args: unknown[]): CallResponse => {
    const generation = generations.get(args)
    if (generation === undefined) return {}
    const output = generation.rows.map((tokens) => {
      const text = decode(tokenizer, tokens)
      return { ...(text !== undefined && { text }), tokens }
    })
    return { output, ...generation.facts() }
  }
  wrapMethod(log, model as GeneratingModel, 'generate', {
    readRequest: ([sent]): CallRequest => ({
      operation: 'text_completion',
      provider: 'transformers.js',
      protocol: 'transformers.generate',
      ...(options.model !== undefined && { model: options.model }),
      input: inputOf(sent, tokenizer),
      settings: settingsOf(sent, NO_SETTINGS),
      stream: Boolean(member(sent, 'streamer')),
      identity
    }),
    prepare(args, call) {
      const [sent, ...rest] = args
      if (sent === undefined || !isOptions(sent)) return args
      const generation = new Generation(log, call, tokenizer, confidence)
      generations.set(args, generation)
      call.keepPartial(() => read(args))
      return [generation.watch(sent), ...rest]
    },
    readResult: (_result, args, call) => {
      const response = read(args)
      if (generations.get(args)?.interrupted) call.cancel('consumer', response)
      return response
    },
    readFailure: (_error, args) => read(args),
    nested: 'own'
  })
  const recorded = Reflect.get(model, 'generate') as AnyMethod
  if (recorded === inner) return
  replaceMethod(
    model,
    'generate',
    () =>
      function (this: unknown, ...args) {
        const streamer = member(args[0], 'streamer')
        return (isRecorded(log, streamer) ? inner : recorded).apply(this, args)
      },
    log
  )
}

/** Token ids with the text that they spell; other tensors with their digest. */
function inputOf(sent: unknown, tokenizer: unknown): unknown {
  const input: { [name: string]: unknown } = {}
  for (const name of INPUTS) {
    const value = member(sent, name)
    if (value === undefined || value === null || NOT_KEPT.has(name)) continue
    const rows = readIds(value)
    input[name] = rows
      ? rows.map((tokens) => {
          const text = decode(tokenizer, tokens, false)
          return { ...(text !== undefined && { text }), tokens }
        })
      : toPlain(value)
  }
  return input
}
