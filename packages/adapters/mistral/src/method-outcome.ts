import {
  type AttemptGroup,
  type AttemptOptions,
  type AuditLog,
  passError,
  passOn
} from '@slm-audit/core/adapter'

/** A method of the client's on its way: the attempts of what it sends, and whether it has given its result. */
interface Running {
  readonly sent: Set<AttemptGroup>
  isOver: boolean
}

const running = new WeakMap<AttemptGroup, Running>()

/**
 * Runs a method of the client's for a log. The client checks an answer once it has read it, so that the method's own result
 * tells whether it took it: see `AttemptOptions.tellsWhenOver`.
 */
export function watchMethod(log: AuditLog, run: () => unknown): unknown {
  const state: Running = { sent: new Set(), isOver: false }
  // What the application's hooks send inside is no attempt of this call.
  const around: AttemptGroup = { options: once, started: 0, sending: { url: '', body: undefined } }
  running.set(around, state)
  const result = log.withAttempts(around, run)
  if (!(result instanceof Promise)) return result
  const end = (tell: (group: AttemptGroup) => Promise<void> | undefined) => {
    state.isOver = true
    const waits = [...state.sent].flatMap((group) => tell(group) ?? [])
    return waits.length > 0 ? Promise.all(waits).then(() => undefined) : undefined
  }
  return result.then(
    passOn(() => end(({ last }) => last?.taken())),
    passError((error) => end(({ last }) => last?.giveUp(error)))
  )
}

const once = () => ({ limit: 1 })

/** Sends a request of a method that is on its way, or of a function that stands by itself, whose result nobody sees. */
export function sendWatched<T>(log: AuditLog, options: AttemptOptions, send: () => T): T {
  const around = log.attempts()
  const state = around && running.get(around)
  if (state === undefined) return log.withAttempts(options, send)
  const told = (): AttemptOptions =>
    state.isOver ? options : { ...options, limit: Number.POSITIVE_INFINITY, tellsWhenOver: true }
  return log.withAttempts(told, () => {
    const group = log.attempts()
    if (group) state.sent.add(group)
    return send()
  })
}
