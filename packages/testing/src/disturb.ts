import { isObject, type Protocol } from '@slm-audit/core'
import { type Fixture, framesOf } from './fixture.ts'

/** A member that no protocol knows, as a provider's next version may bring it. */
const UNKNOWN = 'x_unknown'
/** Words alone, which stay where settings and details are parted from texts. */
const VALUE = { of: 'the-next-version', items: [{ type: UNKNOWN }] }

/** A member by whose name careless code changes the prototype of all objects. */
const PROTOTYPE = '__proto__'

/** A value with more members in each of its objects. */
export function withUnknown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withUnknown)
  if (!isObject(value)) return value
  const members = Object.entries(value).map(([name, member]) => [name, withUnknown(member)])
  return Object.fromEntries([...members, [UNKNOWN, VALUE], [PROTOTYPE, { polluted: true }]])
}

/** A value without these members and events, which may be kept as answered. */
export function withoutUnknown(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => !isEvent(item)).map(withoutUnknown)
  if (!isObject(value) || ArrayBuffer.isView(value)) return value
  const members = Object.entries(value).filter(([name]) => name !== UNKNOWN && name !== PROTOTYPE)
  return Object.fromEntries(members.map(([name, member]) => [name, withoutUnknown(member)]))
}

function isEvent(value: unknown): boolean {
  return (
    isObject(value) && UNKNOWN in value && Object.keys(withoutUnknown(value) as object).length === 0
  )
}

/**
 * A fixture's answer in which each object has one more member and a stream one more event; `undefined`
 * where its bytes are no text.
 */
export function disturbed<Acc>(fixture: Fixture, protocol: Protocol<Acc>): Uint8Array | undefined {
  const { answer, contentType, isStream } = fixture
  const isJson = contentType.includes('json')
  if ((protocol.decode && isStream) || (!isStream && !isJson)) return undefined
  const encoder = new TextEncoder()
  const decoder = new TextDecoder()
  if (!isStream) return encoder.encode(extend(decoder.decode(answer)))
  const isLines = !contentType.includes('event-stream')
  const extra = isLines ? `${extend('{}')}\n` : `event: ${UNKNOWN}\ndata: ${extend('{}')}\n\n`
  const frames = framesOf(fixture).map((frame) =>
    decoder.decode(frame).replace(isLines ? /^.+/ : /(?<=^data: ?)(?! ).+/m, extend)
  )
  return encoder.encode([...frames.slice(0, 1), extra, ...frames.slice(1)].join(''))
}

function extend(json: string): string {
  try {
    return JSON.stringify(withUnknown(JSON.parse(json)))
  } catch {
    // An end mark is no JSON.
    return json
  }
}
