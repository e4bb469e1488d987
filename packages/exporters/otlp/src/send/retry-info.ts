import { isObject } from '@slm-audit/core/exporter'

const RETRY_INFO = 'google.rpc.RetryInfo'

/**
 * How long a gRPC server asks to wait, in milliseconds: the `google.rpc.RetryInfo` among the details
 * of the status, by which OTLP's specification has servers throttle their clients.
 */
export function retryDelayMs(error: unknown): number | undefined {
  if (!isObject(error) || !isObject(error['metadata'])) return undefined
  const { metadata } = error
  if (typeof metadata['get'] !== 'function') return undefined
  try {
    const [details] = metadata['get']('grpc-status-details-bin') as unknown[]
    return details instanceof Uint8Array ? readStatus(details) : undefined
  } catch {
    // Details that are not protobuf say nothing about a delay.
    return undefined
  }
}

/** google.rpc.Status: the details, repeated Any, are field 3. */
function readStatus(status: Uint8Array): number | undefined {
  for (const detail of fields(status, 3)) {
    const [type] = fields(detail, 1)
    const [value] = fields(detail, 2)
    if (!type || !value || !new TextDecoder().decode(type).endsWith(RETRY_INFO)) continue
    const [delay] = fields(value, 1)
    if (delay) return varint(delay, 1) * 1000 + varint(delay, 2) / 1e6
  }
  return undefined
}

/** The length-delimited fields of a protobuf message that have this number. */
function fields(message: Uint8Array, number: number): Uint8Array[] {
  const found: Uint8Array[] = []
  walk(message, (field, value) => {
    if (field === number && value instanceof Uint8Array) found.push(value)
  })
  return found
}

function varint(message: Uint8Array, number: number): number {
  let found = 0
  walk(message, (field, value) => {
    if (field === number && typeof value === 'number') found = value
  })
  return found
}

function walk(
  message: Uint8Array,
  visit: (field: number, value: number | Uint8Array) => void
): void {
  let at = 0
  const next = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++]
      if (byte === undefined) throw new RangeError('the message ends inside a number')
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }
  while (at < message.length) {
    const tag = next()
    const wire = tag & 7
    if (wire === 0) visit(tag >>> 3, next())
    else if (wire === 2) {
      const length = next()
      visit(tag >>> 3, message.subarray(at, at + length))
      at += length
    } else if (wire === 1 || wire === 5) at += wire === 1 ? 8 : 4
    else throw new RangeError(`wire type ${wire}`)
  }
}
