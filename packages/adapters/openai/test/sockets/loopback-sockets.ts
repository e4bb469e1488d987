import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { setImmediate } from 'node:timers/promises'

type Event = { readonly [name: string]: unknown }

const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** How a server says events: they arrive alike however the network and the server cut them. */
export interface Manner {
  /** How many bytes the client gets at once. */
  readonly bytes?: number
  /** How many bytes of an event are in one frame, with a ping behind each. */
  readonly frame?: number
}

/** One connection of a client, as its server has it. */
export interface Peer {
  /** What the client sent, in order. */
  readonly heard: Event[]
  /** Says events. */
  say(events: readonly Event[], how?: Manner): Promise<void>
  /** Breaks the connection, as a network does. */
  cut(): void
}

/** A server of WebSockets on this machine, for clients that are real. */
export async function serveSockets(at = 0): Promise<{
  readonly port: number
  readonly peers: Peer[]
  close(): Promise<void>
}> {
  const peers: Peer[] = []
  const sockets = new Set<Duplex>()
  const server = createServer()
  server.on('upgrade', (request, socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    const key = request.headers['sec-websocket-key']
    const accept = createHash('sha1').update(`${key}${MAGIC}`).digest('base64')
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`
    )
    const heard: Event[] = []
    let rest = Buffer.alloc(0)
    socket.on('data', (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes])
      for (let frame = readFrame(rest); frame; frame = readFrame(rest)) {
        rest = rest.subarray(frame.length)
        if (frame.code === 1) heard.push(JSON.parse(frame.payload.toString()) as Event)
        else if (frame.code === 8) socket.end(writeFrame(8, frame.payload))
      }
    })
    const say = async (events: readonly Event[], { bytes, frame }: Manner = {}) => {
      const whole = Buffer.concat(events.map((event) => writeText(JSON.stringify(event), frame)))
      const step = bytes ?? whole.length
      for (let at = 0; at < whole.length; at += step) {
        socket.write(whole.subarray(at, at + step))
        if (bytes !== undefined) await setImmediate()
      }
    }
    peers.push({ heard, say, cut: () => socket.destroy() })
  })
  server.listen(at, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    peers,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    }
  }
}

function readFrame(bytes: Buffer) {
  if (bytes.length < 2) return undefined
  const [first = 0, second = 0] = bytes
  const short = second & 127
  const wide = short === 126 ? 2 : short === 127 ? 8 : 0
  const head = 2 + wide + 4
  if (bytes.length < head) return undefined
  const size =
    wide === 0 ? short : wide === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  const length = head + size
  if (bytes.length < length) return undefined
  const mask = bytes.subarray(head - 4, head)
  const payload = Buffer.from(
    bytes.subarray(head, length).map((byte, at) => byte ^ (mask[at % 4] ?? 0))
  )
  return { code: first & 15, payload, length }
}

/** A text in frames of so many bytes. */
function writeText(text: string, size?: number): Buffer {
  const bytes = Buffer.from(text)
  const step = size ?? bytes.length
  const frames: Buffer[] = []
  for (let at = 0; at < bytes.length; at += step) {
    const isLast = at + step >= bytes.length
    frames.push(writeFrame(at === 0 ? 1 : 0, bytes.subarray(at, at + step), isLast))
    if (!isLast) frames.push(writeFrame(9, Buffer.from('still here')))
  }
  return Buffer.concat(frames)
}

function writeFrame(code: number, payload: Buffer, isLast = true): Buffer {
  const { length } = payload
  const wide = Buffer.alloc(length < 126 ? 0 : length < 65536 ? 2 : 8)
  if (wide.length === 2) wide.writeUInt16BE(length)
  else if (wide.length === 8) wide.writeBigUInt64BE(BigInt(length))
  const short = length < 126 ? length : length < 65536 ? 126 : 127
  return Buffer.concat([Buffer.from([(isLast ? 128 : 0) | code, short]), wide, payload])
}
