import {
  type CallRequest,
  type CallResponse,
  isObject,
  readLogprobs,
  readReasoning,
  readToolCalls,
  readToolNames,
  readUsage,
  withRest
} from '@slm-audit/core/adapter'
import { isMadeUp, readMessage, wholeMessage } from './read-message.ts'

type Fields = { readonly [name: string]: unknown }

/** What the handler is told beside the messages. */
export interface RunFacts {
  readonly extra?: unknown
  readonly tags?: unknown
  readonly metadata?: unknown
}

/** Invocation parameters that are not settings. */
const NO_SETTINGS = new Set(['messages', 'tools', 'model', 'model_name', 'stream', '_type'])

/** Reads the start of a model's run; `input` is plain already. */
export function readModelStart(operation: string, input: unknown, facts: RunFacts): CallRequest {
  const sent = fieldsOf(fieldsOf(facts.extra).invocation_params)
  const { ls_provider: provider, ls_model_name: named } = fieldsOf(facts.metadata)
  const model = sent.model ?? sent.model_name ?? named
  const { stream, tools } = sent
  return {
    operation,
    provider: typeof provider === 'string' ? provider : 'unknown',
    protocol: 'langchain.callbacks',
    input,
    settings: {
      ...Object.fromEntries(
        Object.entries(sent).filter(
          ([name, value]) => value !== undefined && !NO_SETTINGS.has(name)
        )
      ),
      ...aroundOf(facts)
    },
    ...conversationOf(facts),
    ...(typeof model === 'string' && { model }),
    ...(typeof stream === 'boolean' && { stream }),
    ...(Array.isArray(tools) && { tools, toolNames: readToolNames(tools) })
  }
}

/** Tags and metadata of a run, without what LangChain itself writes into them. */
export function aroundOf({ tags, metadata }: RunFacts): Fields {
  const own = Object.entries(fieldsOf(metadata)).filter(
    ([name]) => !/^(ls_|__|checkpoint_ns$|versions$|langgraph_)/.test(name)
  )
  const named = (Array.isArray(tags) ? tags : []).filter((tag) => !/^(seq|map|graph):/.test(tag))
  return {
    ...(named.length > 0 && { tags: named }),
    ...(own.length > 0 && { metadata: Object.fromEntries(own) })
  }
}

/** LangGraph's thread. */
export function conversationOf({ metadata }: RunFacts): { conversation?: string } {
  const { thread_id: thread } = fieldsOf(metadata)
  return typeof thread === 'string' ? { conversation: thread } : {}
}

/** Reads an LLMResult: all generations of the one prompt. */
export function readModelEnd(result: unknown): CallResponse {
  const { generations, llmOutput } = fieldsOf(result)
  const lists: unknown[] = Array.isArray(generations) ? generations.flat() : []
  const found = lists.filter(isObject)
  const messages = found.map(({ message }) => fieldsOf(message))
  const metadata = messages.map((message) => fieldsOf(message.response_metadata))
  const first = metadata[0] ?? {}
  const model = first.model_name ?? first.model
  const id = messages[0]?.id
  const usage = usageOf(messages[0], llmOutput)
  const logprobs = metadata.flatMap((one) => readLogprobs(fieldsOf(one.logprobs).content))
  const shown = messages.map((message) => ({
    ...fieldsOf(message.additional_kwargs),
    content: message.content
  }))
  const reasoning = readReasoning(shown)
  const answer: CallResponse = {
    output: found.map(({ message, text }) => (isObject(message) ? readMessage(message) : text)),
    finishReasons: found.flatMap((one, at) => finishOf(one, metadata[at] ?? {})),
    toolCalls: messages.flatMap(({ tool_calls: calls }) => readToolCalls(calls)),
    ...(typeof id === 'string' && !isMadeUp(id) && { id }),
    ...(typeof model === 'string' && { model }),
    ...(usage && { usage }),
    ...(logprobs.length > 0 && { logprobs }),
    ...(reasoning && { reasoning })
  }
  const told = { ...fieldsOf(result), generations: found.map(wholeGeneration) }
  return withRest(answer, [told])
}

/** A generation with all that its message has. */
function wholeGeneration(generation: Fields): Fields {
  return { ...generation, message: wholeMessage(generation.message) }
}

function usageOf(message: Fields | undefined, llmOutput: unknown) {
  const { tokenUsage, usage: answered } = fieldsOf(llmOutput)
  for (const raw of [message?.usage_metadata, tokenUsage, answered]) {
    const usage = readUsage(raw)
    if (usage && Object.keys(usage).length > 1) return usage
  }
  return undefined
}

function finishOf({ generationInfo }: Fields, metadata: Fields): string[] {
  const info = fieldsOf(generationInfo)
  const reason =
    info.finish_reason ?? metadata.finish_reason ?? metadata.stop_reason ?? metadata.done_reason
  return typeof reason === 'string' ? [reason] : []
}

/** An object's members; none of what is not an object. */
export function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {}
}
