import {
  type AuditLog,
  type CallRequest,
  type CallResponse,
  endedBySignal,
  isObject,
  type OpenCall,
  reportUntested,
  textOf,
  wrapMethod
} from '@slm-audit/core'

type Fields = { readonly [name: string]: unknown }

/** What of a client is used; every Client of the SDK has it. */
interface McpClient {
  callTool(...args: never[]): unknown
  getServerVersion?(): unknown
}

/** Methods that read from a server, and what they are named by. */
const READS = {
  listTools: { operation: 'tools/list', nameOf: () => 'tools' },
  listResources: { operation: 'resources/list', nameOf: () => 'resources' },
  readResource: { operation: 'resources/read', nameOf: ({ uri }: Fields) => uri },
  listPrompts: { operation: 'prompts/list', nameOf: () => 'prompts' },
  getPrompt: { operation: 'prompts/get', nameOf: ({ name }: Fields) => name }
} as const

/** `ErrorCode.RequestTimeout` of the SDK. */
const REQUEST_TIMEOUT = -32001

/**
 * Records what an MCP client asks of its server, in place, and returns the same client: each
 * `callTool` as a tool's run under the model call that asked for it, and what is listed or read
 * (tools, resources, prompts) as a step. Wrapping twice is harmless.
 *
 * Throws TypeError when `client` is no client of `@modelcontextprotocol/sdk`.
 */
export function wrapMcpClient<C extends object>(client: C, log: AuditLog): C {
  if (!isClient(client)) {
    throw new TypeError('wrapMcpClient needs a Client of @modelcontextprotocol/sdk')
  }
  const from = import.meta.url
  reportUntested(log, { name: '@modelcontextprotocol/sdk', from, tested: ['1'] })
  wrapMethod(log, client, 'callTool', {
    nested: 'own',
    readRequest: ([params]: unknown[]) => readToolCall(fieldsOf(params), serverOf(client)),
    readResult: readToolResult,
    readFailure: (error, [, , options], call) => readFailure(error, options, call),
    prepare: (args, call) => {
      const [params, schema, options, ...more] = args
      if (!watchesProgress(options)) return args
      return [params, schema, withProgress(options, call), ...more]
    }
  })
  for (const [method, { operation, nameOf }] of Object.entries(READS)) {
    if (typeof (client as Fields)[method] !== 'function') continue
    wrapMethod(log, client as C & { [name: string]: unknown }, method, {
      nested: 'own',
      readRequest: ([params]: unknown[]) => ({
        ...about('step', operation, nameOf(fieldsOf(params)), serverOf(client)),
        ...(params !== undefined && { input: params })
      }),
      readFailure: (error, [, options], call) => readFailure(error, options, call)
    })
  }
  return client
}

function isClient(client: object): client is McpClient {
  return 'callTool' in client && typeof client.callTool === 'function'
}

function readToolCall({ name, arguments: input }: Fields, server: Fields): CallRequest {
  return { ...about('tool', 'execute_tool', name, server), ...(input !== undefined && { input }) }
}

function about(kind: string, operation: string, name: unknown, { name: server, version }: Fields) {
  return {
    kind,
    operation,
    provider: 'mcp',
    name: String(name),
    ...(typeof server === 'string' && {
      server: { name: server, ...(typeof version === 'string' && { version }) }
    })
  }
}

/** A tool's error comes as a result that says so. */
function readToolResult(result: unknown): CallResponse {
  const { isError, content } = fieldsOf(result)
  if (isError !== true) return { output: result }
  return { output: result, error: { type: 'tool_error', message: textOf(content) } }
}

function readFailure(error: unknown, options: unknown, call: OpenCall): CallResponse {
  const { signal } = fieldsOf(options)
  if (signal instanceof AbortSignal && signal.aborted) call.cancel(endedBySignal(signal))
  else if (fieldsOf(error).code === REQUEST_TIMEOUT) call.cancel('timeout')
  return {}
}

/** What the server said of itself when the client connected. */
function serverOf(client: McpClient): Fields {
  return fieldsOf(client.getServerVersion?.())
}

interface Progress {
  readonly onprogress: (progress: unknown) => void
}

function watchesProgress(options: unknown): options is Progress {
  return isObject(options) && typeof options.onprogress === 'function'
}

function withProgress(options: Progress, call: OpenCall): Progress {
  return {
    ...options,
    onprogress(progress) {
      call.chunk()
      options.onprogress(progress)
    }
  }
}

function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {}
}
