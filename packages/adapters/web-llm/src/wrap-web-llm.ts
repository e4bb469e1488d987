import {
  type AuditLog,
  type CallRequest,
  type CallResponse,
  checkWrapping,
  copyOfItem,
  isObject,
  type MethodProtocol,
  type OpenCall,
  type Protocol,
  reportUntested,
  withRest,
  wrapMethod
} from '@slm-audit/core/adapter'
import { openaiChat, openaiCompletions, openaiEmbeddings } from '@slm-audit/openai'
import { loadedModels, type WebLLMEngine, type WrapOptions } from './engine.ts'
import { modelIdentity } from './model-identity.ts'

type Recorder = MethodProtocol<[request: unknown, ...more: unknown[]], unknown>

/** Stands for the address that OpenAI's formats read provider and parameters from. */
const ADDRESS = new URL('web-llm:/')

/**
 * Records what an engine of WebLLM is asked and answers: chat, completions and embeddings, plain and
 * streamed, by `engine.chat.completions.create` and the like or by the engine's own methods. The
 * engine is changed in place and returned; wrapping it twice for one log is harmless. A model that
 * is loaded later is told apart by its own identity.
 *
 * Throws TypeError when the object is not an engine. One that is frozen is reported as `client_unseen`.
 */
export function wrapWebLLM<Engine extends WebLLMEngine>(
  engine: Engine,
  log: AuditLog,
  options: WrapOptions = {}
): Engine {
  checkWrapping(log, engine)
  const methods: { readonly [name: string]: Recorder } = {
    chatCompletion: recorder(engine, options, 'chat', openaiChat),
    completion: recorder(engine, options, 'completions', openaiCompletions),
    embedding: recorder(engine, options, 'embeddings', openaiEmbeddings)
  }
  for (const name of Object.keys(methods)) {
    if (typeof Reflect.get(engine, name) === 'function') continue
    throw new TypeError(`the object is not an engine of WebLLM: it has no method ${name}`)
  }
  const from = import.meta.url
  reportUntested(log, { name: '@mlc-ai/web-llm', from, tested: ['0.2'] })
  for (const [name, protocol] of Object.entries(methods)) {
    wrapMethod(log, engine, name as keyof Engine, protocol)
  }
  if ('resumeChatCompletion' in engine) {
    wrapMethod(log, engine, 'resumeChatCompletion', resumeRecorder(engine, options))
  }
  return engine
}

/** WebLLM speaks OpenAI's formats, in objects. */
function recorder<Acc>(
  engine: object,
  options: WrapOptions,
  name: string,
  format: Protocol<Acc>
): Recorder {
  return {
    readRequest([request]) {
      const read = format.readRequest(request, ADDRESS)
      return { ...read, ...ofEngine(engine, options, name, read.model) }
    },
    readResult: (result, _args, call) =>
      ended(call, withRest(format.readResponse(result), [result], format)),
    readStream() {
      let fold = format.start()
      const told: unknown[] = []
      const read = () => withRest(format.finish(fold), told, format)
      return {
        next(item) {
          // A copy, because the application may change what it is given.
          const copy = copyOfItem(item)
          told.push(copy)
          fold = format.step(fold, copy)
        },
        read,
        end: (call) => ended(call, read())
      }
    }
  }
}

/** A generation that another page, or this one before, began and kept. */
function resumeRecorder(engine: object, options: WrapOptions): Recorder {
  const chat = recorder(engine, options, 'resume', openaiChat)
  return {
    ...chat,
    readRequest: ([sessionId, settings]) => ({
      operation: 'chat',
      input: { sessionId },
      ...(isObject(settings) && { settings, stream: settings.stream === true }),
      ...ofEngine(engine, options, 'resume', undefined)
    }),
    readResult: (output) => ({ output })
  }
}

/** What is the same in every request. Without a model in the request the only one loaded answers. */
function ofEngine(engine: object, options: WrapOptions, name: string, asked: string | undefined) {
  const loaded = loadedModels(engine)
  const model = asked ?? (loaded.length === 1 ? loaded[0] : undefined)
  return {
    provider: 'web-llm',
    protocol: `web-llm.${name}`,
    ...(model !== undefined && { model, identity: modelIdentity(engine, model, options) })
  } satisfies Partial<CallRequest>
}

/** An answer that `interruptGenerate` cut off is one that the application cancelled. */
function ended(call: OpenCall, response: CallResponse): CallResponse {
  if (response.finishReasons?.includes('abort')) call.cancel('consumer', response)
  return response
}
