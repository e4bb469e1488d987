import {
  type AuditLog,
  checkWrapping,
  isObject,
  type OpenCall,
  reportUntested,
  wrapMethod
} from '@slm-audit/core/adapter'
import {
  about,
  type Fields,
  fieldsOf,
  type McpClient,
  readFailure,
  readToolCall,
  readToolResult,
  serverOf
} from './read-mcp.ts'
import { wrapToolStream } from './wrap-tool-stream.ts'

/** Methods that read from a server, and what they are named by. */
const READS = {
  listTools: { operation: 'tools/list', nameOf: () => 'tools' },
  listResourceTemplates: { operation: 'resources/templates/list', nameOf: () => 'templates' },
  listResources: { operation: 'resources/list', nameOf: () => 'resources' },
  readResource: { operation: 'resources/read', nameOf: ({ uri }: Fields) => uri },
  listPrompts: { operation: 'prompts/list', nameOf: () => 'prompts' },
  getPrompt: { operation: 'prompts/get', nameOf: ({ name }: Fields) => name }
} as const

/**
 * Records what an MCP client asks of its server, in place, and returns the same client: each
 * `callTool` (and tool that runs as a task) as a tool's run under the model call that asked for it, and what is listed or read
 * (tools, resources, prompts) as a step. Wrapping twice is harmless.
 *
 * Throws TypeError when `client` is not a client of `@modelcontextprotocol/sdk` or, from major 2 on, `@modelcontextprotocol/client`.
 */
export function wrapMcpClient<C extends object>(client: C, log: AuditLog): C {
  checkWrapping(log, client)
  if (!isClient(client)) {
    throw new TypeError('wrapMcpClient needs a Client of @modelcontextprotocol/sdk')
  }
  // Major 1 takes a schema between the parameters and the options, and defaults do not count.
  const isNew = client.callTool.length === 2
  const at = isNew ? 1 : 2
  reportUntested(log, {
    name: isNew ? '@modelcontextprotocol/client' : '@modelcontextprotocol/sdk',
    from: import.meta.url,
    tested: [isNew ? '2' : '1']
  })
  wrapToolStream(client, log)
  wrapMethod(log, client, 'callTool', {
    nested: 'own',
    readRequest: ([params]: unknown[]) => readToolCall(fieldsOf(params), serverOf(client)),
    readResult: readToolResult,
    readFailure: (error, args, call) => readFailure(error, args[at], call),
    prepare: (args, call) => {
      const options = args[at]
      return watchesProgress(options) ? args.with(at, withProgress(options, call)) : args
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
