import {
  type AuditLog,
  descriptorOf,
  layOver,
  type OpenCall,
  over,
  type StreamReader,
  withRest,
  wrapMethod
} from '@slm-audit/core/adapter'
import {
  type Fields,
  fieldsOf,
  type McpClient,
  readFailure,
  readToolCall,
  readToolResult,
  serverOf
} from './read-mcp.ts'

/**
 * Records the tools that run as tasks, `client.experimental.tasks.callToolStream`, whose messages tell
 * how a task goes on and end with its result or an error. Clients without tasks are left alone.
 */
export function wrapToolStream(client: McpClient, log: AuditLog): void {
  const { get, value } = descriptorOf(client, 'experimental') ?? {}
  if (get === undefined) {
    watchTasks(value, client, log)
    return
  }
  // A client makes it when it is first asked for.
  const laid = over<unknown, [], unknown>(get, (host) => {
    const experimental = host()
    watchTasks(experimental, client, log)
    return experimental
  })
  layOver(client, 'experimental', { get: laid })
}

function watchTasks(experimental: unknown, client: McpClient, log: AuditLog): void {
  const { tasks } = fieldsOf(experimental)
  if (typeof fieldsOf(tasks).callToolStream !== 'function') return
  wrapMethod(log, tasks as { [name: string]: unknown }, 'callToolStream', {
    nested: 'own',
    readRequest: ([params]: unknown[]) => readToolCall(fieldsOf(params), serverOf(client)),
    readFailure: (error, [, , options], call) => readFailure(error, options, call),
    readStream: ([, , options], call) => newReader(options, call)
  })
}

/** The messages' last one is what the tool gave; those before it tell how its task went on. */
function newReader(options: unknown, call: OpenCall): StreamReader {
  let last: Fields = {}
  const told: unknown[] = []
  const read = () => withRest(last.type === 'result' ? readToolResult(last.result) : {}, told)
  return {
    next(message) {
      last = fieldsOf(message)
      told.push(message)
    },
    read,
    end() {
      if (last.type !== 'error') return read()
      const partial = withRest(readFailure(last.error, options, call), told)
      call.fail(last.error, partial)
      return partial
    }
  }
}
