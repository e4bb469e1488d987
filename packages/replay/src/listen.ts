import * as http from 'node:http'
import * as http2 from 'node:http2'
import { createServer, type Socket } from 'node:net'

/** How a client of HTTP/2 begins that knows its server (RFC 9113, section 3.4), as AWS's clients do. */
const PREFACE = 'PRI '

/** A server that listens. */
export interface Listening {
  readonly port: number
  /** Ends all connections, whatever they are at. */
  close(): Promise<void>
}

/**
 * Listens on 127.0.0.1 for HTTP/1.1 and HTTP/2 in the clear, by how each connection begins. Rejects with the system's
 * error where the port cannot be had.
 */
export async function listen(port: number, handle: http.RequestListener): Promise<Listening> {
  const older = http.createServer(handle)
  // What a handler uses of a request and a response of HTTP/1.1 is there in those of HTTP/2.
  const newer = http2.createServer(handle as never)
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.once('data', (first: Buffer) => {
      socket.pause()
      socket.unshift(first)
      const isNewer = first.subarray(0, PREFACE.length).toString('latin1') === PREFACE
      const taker = isNewer ? newer : older
      taker.emit('connection', socket)
      if (!isNewer) socket.resume()
    })
  })
  const listening = Promise.withResolvers<void>()
  server.once('error', listening.reject)
  server.listen(port, '127.0.0.1', listening.resolve)
  await listening.promise
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}
