import {
  type AnyMethod,
  type AuditLog,
  checkWrapping,
  claim,
  isObject,
  quietly,
  replaceMethod
} from '@slm-audit/core/adapter'
import { SocketCalls } from './socket-calls.ts'
import { watchSockets } from './watch-sockets.ts'

type Fields = { readonly [name: string]: unknown }

/** What of a session is used. */
interface Session {
  readonly url: URL
  readonly socket?: unknown
  on(event: string, listener: (...args: unknown[]) => void): unknown
  send(event: unknown): unknown
}

/**
 * Records the answers of a session over a WebSocket: `OpenAIRealtimeWS` and `OpenAIRealtimeWebSocket`, also when their server
 * answers by itself, and `ResponsesWS`. The session is the same object, changed in place. Wrap it before it asks; wrapping
 * twice for one log is harmless.
 *
 * What an application sends waits where the log's mode or a policy wants that; what a policy refuses is not sent, and the
 * session tells of it as of other events that it could not send.
 *
 * Throws TypeError when `session` is not a session of the `openai` package, AuditError `bad_option` when `log` is not
 * an audit log.
 */
export function wrapOpenAISocket<T extends object>(session: T, log: AuditLog): T {
  checkWrapping(log, session)
  if (!isSession(session)) {
    throw new TypeError('this is not a session over a WebSocket of the openai package')
  }
  if (!claim(session, log)) return session
  const calls = new SocketCalls(log, session.url)
  const lost = quietly(() => calls.ended(new Error('the socket closed before the answer ended')))
  session.on(
    'event',
    quietly((event) => calls.came(event))
  )
  // What a session keeps back outlives a socket.
  session.on('reconnecting', lost)
  session.on('close', () => {
    lost()
    quietly(() => calls.line.empty('the session closed'))()
  })
  onClosed(session.socket, lost)
  recordSent(session, log, calls)
  return session
}

/** Lays over what sends events, what takes them back, and what closes the session. */
function recordSent(session: Session, log: AuditLog, calls: SocketCalls): void {
  const isSeen = watchSockets(session, calls.line)
  // What waits to be sent; what is sent later goes behind it.
  let line: Promise<unknown> | undefined
  const sending =
    (read: (sent: unknown) => unknown, write: (sent: unknown) => string) =>
    (host: AnyMethod): AnyMethod =>
      function (...args) {
        const self = this ?? session
        const answer = quietly(() => calls.asks(read(args[0])))()
        const send = () => {
          const run = () => host.apply(self, args)
          const seen = isSeen()
          if (answer === undefined) return calls.line.passes(run)
          return calls.line.hands(answer, () => write(args[0]), seen, run)
        }
        const wait = quietly(() => answer?.call.admitted())()
        if (wait === undefined && line === undefined) return send()
        wait?.catch(() => undefined)
        const sent = Promise.resolve(line)
          .then(() => wait)
          .then(send, (error: unknown) => tellRefused(self, error))
          .finally(() => {
            if (line === sent) line = undefined
          })
        line = sent
        return undefined
      }
  const events = sending((event) => event, JSON.stringify)
  replaceMethod(session, 'send', events, log)
  replaceMethod(session, 'sendResponseCreate', events)
  replaceMethod(session, 'sendRaw', sending(parsed, String))
  const flushing = (host: AnyMethod): AnyMethod =>
    function (...args) {
      isSeen()
      return calls.line.passes(() => host.apply(this ?? session, args))
    }
  replaceMethod(session, 'flushPending', flushing)
  const taking = (host: AnyMethod): AnyMethod =>
    function (...args) {
      const taken = host.apply(this ?? session, args)
      quietly(() => calls.line.empty('the application took it back'))()
      return taken
    }
  replaceMethod(session, 'takePending', taking)
  const closing = (host: AnyMethod): AnyMethod =>
    function (...args) {
      quietly(() => calls.ended())()
      quietly(() => calls.line.empty('the application closed the session'))()
      return host.apply(this ?? session, args)
    }
  replaceMethod(session, 'close', closing)
}

/** As the session tells of what it could not send: to those who listen for errors, or as a rejection that nobody handles. */
function tellRefused(session: unknown, error: unknown): void {
  const { _onError: tell } = session as Fields
  if (typeof tell !== 'function') throw error
  tell.call(session, null, error instanceof Error ? error.message : String(error), error)
}

function onClosed(socket: unknown, listener: () => void): void {
  if (!isObject(socket)) return
  const add = [socket.addEventListener, socket.on].find((each) => typeof each === 'function')
  quietly(() => (add as AnyMethod | undefined)?.call(socket, 'close', listener))()
}

function parsed(data: unknown): unknown {
  return typeof data === 'string' ? JSON.parse(data) : undefined
}

function isSession(value: object): value is Session {
  const { url, on, send } = value as Fields
  return url instanceof URL && typeof on === 'function' && typeof send === 'function'
}
