import {
  type CallRequest,
  type CallResponse,
  isObject,
  type Protocol,
  pickDetails,
  providerOf,
  readError,
  readFlatRequest,
  readReasoning,
  readUsage,
  textMember,
  workerModule
} from '@slm-audit/core/adapter'

type Fields = { [name: string]: unknown }

/** The events of a streamed answer, as far as its last one, which has all of it, does not say them. */
interface Fold {
  readonly body: Fields
  readonly items: Fields[]
}

/**
 * LM Studio's own chats (`POST /api/v1/chat`): plain and streamed, reasoning, tools of the server's plugins and MCP servers
 * with what they gave, counts and speed. Its other formats are OpenAI's and Anthropic's.
 *
 * Source: LM Studio's documentation, "Chat with a model" and "Streaming events".
 */
export const lmStudioChat: Protocol<Fold> = {
  name: 'lm_studio.chat',
  framing: 'sse',
  matches: ({ pathname }, method) => method === 'POST' && pathname.endsWith('/api/v1/chat'),
  readRequest,
  readResponse: read,
  start: () => ({ body: {}, items: [] }),
  step,
  isLast: (event) => isObject(event) && event.type === 'chat.end',
  structure: ['/progress'],
  finish: ({ body, items }) => read({ ...(items.length > 0 && { output: items }), ...body }),
  workerModule: workerModule(
    () => lmStudioChat,
    () => import.meta.resolve('@slm-audit/fetch')
  )
}

/** What may be called is named by plugins and servers, whose headers may hold keys. */
function readRequest(body: unknown, url: URL): CallRequest {
  const about = { operation: 'chat', provider: providerOf(url, 'lm_studio') }
  if (!isObject(body)) return { ...about, input: body }
  const { integrations, ...rest } = body
  const request = readFlatRequest(rest, { ...about, inputs: ['input', 'system_prompt'] })
  if (!Array.isArray(integrations)) return request
  const tools = integrations.map((one: unknown) => {
    if (!isObject(one)) return one
    const { headers: _headers, ...more } = one
    return more
  })
  const toolNames = tools.flatMap((one) =>
    isObject(one) && Array.isArray(one.allowed_tools) ? one.allowed_tools.filter(isText) : []
  )
  return { ...request, tools, ...(toolNames.length > 0 && { toolNames }) }
}

function step(fold: Fold, event: unknown): Fold {
  if (!isObject(event)) return fold
  const { body, items } = fold
  const { type, content, result, error, ...about } = event
  const [, kind = '', way = ''] = /^(\w+)\.(\w+)$/.exec(String(type)) ?? []
  if (type === 'chat.end' && isObject(result)) Object.assign(body, result)
  else if (type === 'chat.start') Object.assign(body, about)
  else if (type === 'error') body.error = error
  else if (kind === 'tool_call') stepTool(items, way, about)
  else if (way === 'start' && (kind === 'message' || kind === 'reasoning')) {
    items.push({ type: kind, content: '' })
  } else if (way === 'delta' && typeof content === 'string') {
    const last = items.at(-1)
    if (last?.type === kind) last.content = `${String(last.content)}${content}`
    else items.push({ type: kind, content })
  }
  return fold
}

/** A tool's call, as the answer in one piece has it: what it gave, or why there was none. */
function stepTool(items: Fields[], way: string, about: Fields): void {
  const open = items.at(-1)
  const isOpen = open?.type === 'tool_call' && !('output' in open)
  if (way === 'failure') {
    if (isOpen) items.pop()
    items.push({ type: 'invalid_tool_call', ...about })
  } else if (isOpen && way !== 'start') Object.assign(open, about)
  else items.push({ type: 'tool_call', ...about })
}

function read(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const { output, stats } = value
  const items = Array.isArray(output) ? output.filter(isObject) : []
  const toolCalls = items.flatMap(({ type, tool, metadata }) => {
    const name = tool ?? (isObject(metadata) ? metadata.tool_name : undefined)
    return String(type).endsWith('tool_call') && isText(name) ? [{ name }] : []
  })
  const usage = readUsage(stats)
  const reasoning = readReasoning(items)
  const error = readError(value.error)
  return {
    ...textMember('id', value.response_id),
    ...textMember('model', value.model_instance_id),
    ...(output !== undefined && { output }),
    ...(toolCalls.length > 0 && { toolCalls }),
    ...(usage && { usage }),
    ...(reasoning && { reasoning }),
    ...pickDetails(value, ['thread_id']),
    ...(error && { error })
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
