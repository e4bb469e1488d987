import { connect, createServer, type Server, type Socket } from 'node:net'

/**
 * Stands between a client and a server and cuts all connections at a message of its choice: before the server has
 * it, or when it answers.
 */
export class CuttingProxy implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #left = Number.POSITIVE_INFINITY
  #isCutBehind = false
  /** Messages that came from clients. */
  messages = 0
  /** Whether connections are refused. */
  isAway = false
  /** The server's port; another one is where new connections go. */
  port: number

  constructor(port: number) {
    this.port = port
    this.#server = createServer((client) => {
      if (this.isAway) {
        client.destroy()
        return
      }
      const server = connect(this.port, '127.0.0.1')
      for (const socket of [client, server]) {
        this.#sockets.add(socket)
        socket.on('error', () => undefined)
        socket.on('close', () => {
          this.#sockets.delete(socket)
          client.destroy()
          server.destroy()
        })
      }
      client.on('data', (data) => {
        this.messages++
        if (--this.#left <= 0) {
          this.#left = Number.POSITIVE_INFINITY
          if (this.#isCutBehind) server.write(data, () => server.once('data', () => this.cut()))
          else this.cut()
          return
        }
        server.write(data)
      })
      server.on('data', (data) => client.write(data))
    })
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    return typeof address === 'object' && address ? address.port : 0
  }

  /** Cuts at the message that comes after so many: before the server has it, or behind its answer. */
  cutAfter(messages: number, isBehind: boolean): void {
    this.#left = messages + 1
    this.#isCutBehind = isBehind
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
