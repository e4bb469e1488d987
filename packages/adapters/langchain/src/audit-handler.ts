import { type AuditLog, checkWrapping, reportUntested } from '@slm-audit/core/adapter'
import { fieldsOf } from './read-model-run.ts'
import { Runs } from './runs.ts'

type Id = string

/**
 * A callback handler of LangChain: what `callbacks` of a model, a chain, a graph or an invocation
 * take. Its methods are LangChain's.
 */
export interface AuditHandler {
  readonly name: string
  /** LangChain then calls the handler in order and in the scope of the application. */
  readonly awaitHandlers: true
  readonly raiseError: false
  readonly ignoreLLM: false
  readonly ignoreChain: false
  readonly ignoreAgent: false
  readonly ignoreRetriever: false
  readonly ignoreCustomEvent: true
  copy(): AuditHandler
  handleChatModelStart(model: unknown, messages: unknown[][], id: Id, ...more: unknown[]): void
  handleLLMStart(model: unknown, prompts: string[], id: Id, ...more: unknown[]): void
  handleLLMNewToken(token: string, index: unknown, id: Id): void
  handleLLMEnd(output: unknown, id: Id): Promise<void> | undefined
  handleLLMError(error: unknown, id: Id): Promise<void> | undefined
  handleChainStart(chain: unknown, inputs: unknown, id: Id, ...more: unknown[]): void
  handleChainEnd(outputs: unknown, id: Id): Promise<void> | undefined
  handleChainError(error: unknown, id: Id): Promise<void> | undefined
  handleToolStart(tool: unknown, input: string, id: Id, ...more: unknown[]): void
  handleToolEnd(output: unknown, id: Id): Promise<void> | undefined
  handleToolError(error: unknown, id: Id): Promise<void> | undefined
  handleRetrieverStart(retriever: unknown, query: string, id: Id, ...more: unknown[]): void
  handleRetrieverEnd(documents: unknown, id: Id): Promise<void> | undefined
  handleRetrieverError(error: unknown, id: Id): Promise<void> | undefined
}

const handlers = new WeakMap<AuditLog, AuditHandler>()

/**
 * The handler that records what LangChain and LangGraph do: chains, graphs and their nodes as steps,
 * models, tools and retrievers below them. There is one handler a log, so that passing it at several
 * places is harmless.
 */
export function auditHandler(log: AuditLog): AuditHandler {
  checkWrapping(log, log)
  const known = handlers.get(log)
  if (known) return known
  const from = import.meta.url
  reportUntested(log, { name: '@langchain/core', from, tested: ['0.3', '1'] })
  const runs = new Runs(log)
  const end = (output: unknown, id: Id) => runs.end(id, output)
  const fail = (error: unknown, id: Id) => runs.fail(id, error)
  const made: AuditHandler = {
    name: 'slm_audit',
    awaitHandlers: true,
    raiseError: false,
    ignoreLLM: false,
    ignoreChain: false,
    ignoreAgent: false,
    ignoreRetriever: false,
    ignoreCustomEvent: true,
    copy: () => made,
    handleChatModelStart: (_model, [messages = []], id, parent, extra, tags, metadata) =>
      runs.chatStarted(messages, { id, parent, extra, tags, metadata }),
    handleLLMStart: (_model, [prompt = ''], id, parent, extra, tags, metadata) =>
      runs.completionStarted(prompt, { id, parent, extra, tags, metadata }),
    handleLLMNewToken: (token, _index, id) => runs.token(id, token),
    handleLLMEnd: (output, id) => runs.modelEnded(id, output),
    handleLLMError: fail,
    handleChainStart: (chain, inputs, id, parent, tags, metadata, _type, name) =>
      runs.chainStarted(inputs, { id, parent, tags, metadata, name: name ?? nameOf(chain) }),
    handleChainEnd: end,
    handleChainError: fail,
    handleToolStart: (tool, input, id, parent, tags, metadata, name, toolCallId) =>
      runs.toolStarted(
        input,
        { id, parent, tags, metadata, name: name ?? nameOf(tool) },
        toolCallId
      ),
    handleToolEnd: end,
    handleToolError: fail,
    handleRetrieverStart: (retriever, query, id, parent, tags, metadata, name) =>
      runs.retrieverStarted(query, { id, parent, tags, metadata, name: name ?? nameOf(retriever) }),
    handleRetrieverEnd: end,
    handleRetrieverError: fail
  }
  handlers.set(log, made)
  return made
}

/** The name of what runs, by its class. */
function nameOf(serialized: unknown): unknown {
  const { name, id } = fieldsOf(serialized)
  return name ?? (Array.isArray(id) ? id.at(-1) : undefined)
}
