import { type AuditLog, builtinModule, checkWrapping, refuseUnknown } from '@slm-audit/core/adapter'
import type { FetchOptions } from './audit-fetch.ts'
import { type ClientRequest, watchRequest } from './http-request.ts'
import { knownProtocols } from './known-protocols.ts'

/** Options of `auditHttp`. */
export type HttpOptions = Pick<FetchOptions, 'protocols'>

type Ask = (...args: unknown[]) => ClientRequest

/** What of `node:http` and `node:https` is used. */
interface HttpModule {
  request: Ask
  get: Ask
}

/** What ends the watch of a log that watches this process's requests already. */
const watching = new WeakMap<AuditLog, Disposable>()

/**
 * Records the requests in known wire formats that go out by `node:http` and `node:https`, whoever sends them: node-fetch and
 * clients on it, axios, got. For clients that take no fetch of one's own; the global fetch is not among them. Requests,
 * answers and their pace stay what they are. Where the runtime has no such modules nothing happens.
 *
 * Disposing the result, or closing the log, ends it. Calling it again for one log is harmless. Throws AuditError
 * `bad_option` for an option that there is not.
 */
export function auditHttp(log: AuditLog, options: HttpOptions = {}): Disposable {
  checkWrapping(log, log)
  refuseUnknown('auditHttp', options, ['protocols'])
  const known = watching.get(log)
  if (known) return known
  const protocols = [...(options.protocols ?? []), ...knownProtocols]
  let isOver = false
  const watch = (request: ClientRequest) => {
    if (!isOver && !log.isClosed && log.isRecording) watchRequest(log, protocols, request)
    return request
  }
  const undo = ['node:http', 'node:https'].flatMap((id) => {
    const module = builtinModule<HttpModule>(id)
    return module?.request && module.get ? [replace(module as HttpModule, watch)] : []
  })
  share()
  const made = {
    [Symbol.dispose]() {
      isOver = true
      watching.delete(log)
      for (const each of undo) each()
      share()
    }
  }
  watching.set(log, made)
  return made
}

/** Lays functions over a module's that show each request to `watch`; what is returned takes them away. */
function replace(module: HttpModule, watch: (request: ClientRequest) => ClientRequest): () => void {
  const { request, get } = module
  const ours = {
    request: (...args: unknown[]) => watch(request.apply(module, args)),
    get(...args: unknown[]): ClientRequest {
      const asked = ours.request(...args)
      asked.end()
      return asked
    }
  }
  Object.assign(module, ours)
  return () => {
    // Somebody may have laid functions over ours since; theirs go on, and ours watch nothing any more.
    if (module.request === ours.request) module.request = request
    if (module.get === ours.get) module.get = get
  }
}

/** Has `import { request } from 'node:http'` give what the module has now. */
function share(): void {
  builtinModule<{ syncBuiltinESMExports(): void }>('node:module')?.syncBuiltinESMExports?.()
}
