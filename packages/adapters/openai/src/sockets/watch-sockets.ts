import { type AnyMethod, isObject, quietly, replaceMethod } from '@slm-audit/core/adapter'
import type { SendLine } from './send-line.ts'

type Fields = { readonly [name: string]: unknown }
type Watcher = Pick<SendLine<unknown>, 'goes' | 'drops' | 'told'>

/** A session with the socket of the moment. */
interface Connected {
  readonly socket?: unknown
}

/** The state of a socket that sends. */
const OPEN = 1

/**
 * Has the line see what goes out over each socket of a session, and what the session could not send. Gives what looks whether
 * it sees the socket of the moment.
 */
export function watchSockets(session: Connected, line: Watcher): () => boolean {
  const seen = new WeakMap<object, boolean>()
  const watch = (socket: unknown): boolean => {
    if (!isObject(socket)) return false
    const known = seen.get(socket)
    if (known !== undefined) return known
    const { send } = socket
    const over = (host: AnyMethod): AnyMethod =>
      function (...args) {
        const at: Fields = isObject(this) ? this : socket
        const isOpen = (at.readyState ?? OPEN) === OPEN
        const stayed = quietly(() => (isOpen ? line.goes(args[0]) : line.drops(args[0])))()
        try {
          return host.apply(at, args)
        } catch (error) {
          quietly(() => stayed?.(error))()
          throw error
        }
      }
    replaceMethod(socket, 'send', over)
    const isSeen = socket.send !== send
    seen.set(socket, isSeen)
    return isSeen
  }
  // A session that connects anew sends what waits before anybody else meets the socket.
  const creating = (host: AnyMethod): AnyMethod =>
    function (...args) {
      const socket = host.apply(this ?? session, args)
      quietly(() => watch(socket))()
      return socket
    }
  replaceMethod(session, '_createSocket', creating)
  const telling = (host: AnyMethod): AnyMethod =>
    function (...args) {
      const [event, message, cause] = args
      if (!event) quietly(() => line.told(message, cause))()
      return host.apply(this ?? session, args)
    }
  replaceMethod(session, '_onError', telling)
  const isSeen = () => quietly(() => watch(session.socket))() ?? false
  isSeen()
  return isSeen
}
