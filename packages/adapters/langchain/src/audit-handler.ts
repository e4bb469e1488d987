import { type AuditLog, checkWrapping, quietly, reportUntested } from '@slm-audit/core/adapter'
import { fieldsOf } from './read-model-run.ts'
import { Runs } from './runs.ts'

type Id = string

/**
 * A callback handler of LangChain: what `callbacks` of a model, a chain, a graph or an invocation
 * take. Its methods are LangChain's.
 */
export interface AuditHandler {
  /** What LangChain calls the handler. */
  readonly name: string
  /** LangChain then calls the handler in order and in the scope of the application. */
  readonly awaitHandlers: true
  /** An error of ours is never the application's. */
  readonly raiseError: false
  /** Models are recorded. */
  readonly ignoreLLM: false
  /** Chains and graphs are recorded. */
  readonly ignoreChain: false
  /** Agents are recorded. */
  readonly ignoreAgent: false
  /** Retrievers are recorded. */
  readonly ignoreRetriever: false
  /** Events of the application's own are not recorded. */
  readonly ignoreCustomEvent: true
  /** The handler itself: its calls belong together. */
  copy(): AuditHandler
  /** A chat model is asked. */
  handleChatModelStart(model: unknown, messages: unknown[][], id: Id, ...more: unknown[]): void
  /** A model is asked to complete texts. */
  handleLLMStart(model: unknown, prompts: string[], id: Id, ...more: unknown[]): void
  /** A piece of an answer came. */
  handleLLMNewToken(token: string, index: unknown, id: Id): void
  /** A model answered; what it returns is waited for. */
  handleLLMEnd(output: unknown, id: Id): Promise<void> | undefined
  /** A model's call failed. */
  handleLLMError(error: unknown, id: Id): Promise<void> | undefined
  /** A chain or a node of a graph starts. */
  handleChainStart(chain: unknown, inputs: unknown, id: Id, ...more: unknown[]): void
  /** A chain or a node of a graph ended. */
  handleChainEnd(outputs: unknown, id: Id): Promise<void> | undefined
  /** A chain or a node of a graph failed. */
  handleChainError(error: unknown, id: Id): Promise<void> | undefined
  /** A tool starts. */
  handleToolStart(tool: unknown, input: string, id: Id, ...more: unknown[]): void
  /** A tool ended. */
  handleToolEnd(output: unknown, id: Id): Promise<void> | undefined
  /** A tool failed. */
  handleToolError(error: unknown, id: Id): Promise<void> | undefined
  /** A retriever is asked. */
  handleRetrieverStart(retriever: unknown, query: string, id: Id, ...more: unknown[]): void
  /** A retriever found documents. */
  handleRetrieverEnd(documents: unknown, id: Id): Promise<void> | undefined
  /** A retriever failed. */
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
  const end = quietly((output: unknown, id: Id) => runs.end(id, output))
  const fail = quietly((error: unknown, id: Id) => runs.fail(id, error))
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
    handleChatModelStart: quietly((_model, [messages = []], id, parent, extra, tags, metadata) =>
      runs.chatStarted(messages, { id, parent, extra, tags, metadata })
    ),
    handleLLMStart: quietly((_model, [prompt = ''], id, parent, extra, tags, metadata) =>
      runs.completionStarted(prompt, { id, parent, extra, tags, metadata })
    ),
    handleLLMNewToken: quietly((token, _index, id) => runs.token(id, token)),
    handleLLMEnd: quietly((output, id) => runs.modelEnded(id, output)),
    handleLLMError: fail,
    handleChainStart: quietly((chain, inputs, id, parent, tags, metadata, _type, name) =>
      runs.chainStarted(inputs, { id, parent, tags, metadata, name: name ?? nameOf(chain) })
    ),
    handleChainEnd: end,
    handleChainError: fail,
    handleToolStart: quietly((tool, input, id, parent, tags, metadata, name, toolCallId) =>
      runs.toolStarted(
        input,
        { id, parent, tags, metadata, name: name ?? nameOf(tool) },
        toolCallId
      )
    ),
    handleToolEnd: end,
    handleToolError: fail,
    handleRetrieverStart: quietly((retriever, query, id, parent, tags, metadata, name) =>
      runs.retrieverStarted(query, { id, parent, tags, metadata, name: name ?? nameOf(retriever) })
    ),
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
