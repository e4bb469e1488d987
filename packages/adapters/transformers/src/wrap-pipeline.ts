import {
  type AuditLog,
  type CallRequest,
  type CallResponse,
  checkWrapping,
  type ModelIdentity,
  textMember,
  wrapMethod
} from '@slm-audit/core/adapter'
import { Generation } from './generation.ts'
import { member } from './member.ts'
import { identityOf } from './model-identity.ts'
import { toPlain } from './plain.ts'
import { settingsOf, toolsOf } from './settings.ts'
import { type Task, taskOf } from './tasks.ts'
import { decode, isOptions } from './token-scores.ts'
import { countInputs, InputCount, watchModel } from './watch-model.ts'
import { wrapModel } from './wrap-model.ts'
import type { WrapOptions } from './wrap-options.ts'

interface Callable {
  _call(...args: unknown[]): Promise<unknown>
}

/**
 * Records the calls of a pipeline, and those of its model's `generate` that the application makes
 * itself. The pipeline is changed in place and returned, so it is still an instance of its class;
 * wrapping it twice for one log is harmless.
 *
 * Throws TypeError when the object is not a pipeline. One that is frozen is reported as `client_unseen`.
 */
export function wrapPipeline<Pipeline extends object>(
  pipeline: Pipeline,
  log: AuditLog,
  options: WrapOptions = {}
): Pipeline {
  checkWrapping(log, pipeline)
  const model = member(pipeline, 'model')
  const isModel = typeof model === 'function' || (typeof model === 'object' && model !== null)
  if (typeof member(pipeline, '_call') !== 'function' || !isModel) {
    throw new TypeError(
      'the object is not a pipeline: give wrapPipeline what `pipeline()` resolves to'
    )
  }
  const tokenizer = member(pipeline, 'tokenizer')
  if (typeof member(model, 'generate') === 'function') {
    wrapModel(model as object, log, { ...options, tokenizer })
  } else watchModel(model as object, log)
  const recorder = new PipelineRecorder(pipeline, model as object, log, options)
  wrapMethod(log, pipeline as Callable, '_call', recorder)
  return pipeline
}

/**
 * The function `pipeline` of transformers.js, whose pipelines come wrapped and know the model id,
 * revision and folder that they were asked for. Results and errors are its own.
 */
export function wrapPipelineFactory<Factory extends (...args: never[]) => Promise<object>>(
  factory: Factory,
  log: AuditLog,
  options: WrapOptions = {}
): Factory {
  checkWrapping(log, factory)
  const wrapped = (...args: unknown[]): Promise<object> => {
    const [, model, loading] = args
    const known = {
      ...textMember('model', model),
      ...textMember('revision', member(loading, 'revision')),
      ...textMember('subfolder', member(loading, 'subfolder')),
      ...textMember('modelFileName', member(loading, 'model_file_name'))
    }
    const identity = { ...loadedWith(loading), ...options.identity }
    return factory(...(args as never[])).then((pipeline) =>
      wrapPipeline(pipeline, log, { ...options, ...known, identity })
    )
  }
  return wrapped as unknown as Factory
}

/** What was asked for at loading and a loaded model does not tell. */
function loadedWith(loading: unknown): ModelIdentity {
  const device = member(loading, 'device')
  const threads = member(member(loading, 'session_options'), 'intraOpNumThreads')
  // `auto` and `gpu` name no device.
  const isDevice = typeof device === 'string' && device !== 'auto' && device !== 'gpu'
  return { ...(isDevice && { device }), ...(typeof threads === 'number' && { threads }) }
}

/** What is known of one call while it runs. */
interface Running {
  readonly generation: Generation | undefined
  readonly inputs: InputCount
  readonly stopCounting: () => void
}

class PipelineRecorder {
  /** A call that the application makes in its streamer is not part of ours. */
  readonly nested = 'own'
  readonly #task: Task
  readonly #taskName: string
  readonly #tokenizer: unknown
  readonly #log: AuditLog
  readonly #options: WrapOptions
  readonly #identity: NonNullable<CallRequest['identity']>
  readonly #running = new WeakMap<object, Running>()

  constructor(pipeline: object, model: object, log: AuditLog, options: WrapOptions) {
    this.#taskName = String(member(pipeline, 'task'))
    this.#task = taskOf(this.#taskName)
    this.#tokenizer = member(pipeline, 'tokenizer')
    this.#log = log
    this.#options = options
    this.#identity = identityOf(model, this.#tokenizer, log, options)
  }

  readRequest(args: unknown[]): CallRequest {
    const { inputs } = this.#task
    const options = args[inputs.length]
    const [input] = args
    return {
      operation: this.#task.operation(input),
      provider: 'transformers.js',
      protocol: `transformers.${this.#taskName}`,
      ...(this.#options.model !== undefined && { model: this.#options.model }),
      input: this.#input(args, member(options, 'documents')),
      ...toolsOf(options),
      settings: settingsOf(options),
      ...(this.#task.generates && { stream: Boolean(member(options, 'streamer')) }),
      identity: this.#identity
    }
  }

  /** The arguments before the options, and the documents among these. */
  #input(args: unknown[], documents: unknown): unknown {
    const { inputs } = this.#task
    const hasDocuments = documents !== undefined && documents !== null
    if (inputs.length === 1 && !hasDocuments) return toPlain(args[0])
    const named = inputs.map((name, at) => [name, toPlain(args[at])] as const)
    return { ...Object.fromEntries(named), ...(hasDocuments && { documents: toPlain(documents) }) }
  }

  prepare(args: unknown[], call: Generation['call']): unknown[] {
    const { inputs, generates } = this.#task
    const options = args[inputs.length]
    const watches = generates && isOptions(options)
    const generation = watches
      ? new Generation(this.#log, call, this.#tokenizer, this.#options.confidence ?? false)
      : undefined
    const count = new InputCount(generation !== undefined)
    const stopCounting = countInputs(call.auditId, count)
    this.#running.set(args, { generation, inputs: count, stopCounting })
    call.keepPartial(() => this.#partial(args))
    if (generation === undefined) return args
    const watched = [...args]
    while (watched.length < inputs.length) watched.push(undefined)
    watched[inputs.length] = generation.watch(options as object | undefined)
    return watched
  }

  readResult(result: unknown, args: unknown[], call: Generation['call']): CallResponse {
    const running = this.#running.get(args)
    running?.stopCounting()
    const response = { ...this.#facts(args), ...this.#read(result, args) }
    if (running?.generation?.interrupted) call.cancel('consumer', response)
    return response
  }

  readFailure(_error: unknown, args: unknown[]): CallResponse {
    this.#running.get(args)?.stopCounting()
    return this.#partial(args)
  }

  #read(result: unknown, args: unknown[]): CallResponse {
    const read = this.#task.read?.(result, args) ?? { output: result }
    return { ...read, output: toPlain(read.output) }
  }

  /** What was generated before the pipeline made its answer of it. */
  #partial(args: unknown[]): CallResponse {
    const rows = this.#running.get(args)?.generation?.rows ?? []
    const output = rows.map((tokens) => decode(this.#tokenizer, tokens) ?? { tokens })
    return { ...this.#facts(args), ...(output.length > 0 && { output }) }
  }

  #facts(args: unknown[]): CallResponse {
    const running = this.#running.get(args)
    const facts = running?.generation?.facts() ?? {}
    if (facts.usage !== undefined || running === undefined) return facts
    const { tokens, runs } = running.inputs
    const isWhole = runs === (this.#task.runs?.(args) ?? runs)
    return { ...facts, ...(isWhole && tokens !== undefined && { usage: { inputTokens: tokens } }) }
  }
}
