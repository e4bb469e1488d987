import { fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { ExporterFault } from '@slm-audit/testing/conformance'

/** Where scripts/crosscheck/install.sh puts ClickHouse's engine, which is 550 MB and so no dependency. */
const CACHE = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
const FOLDER = join(CACHE, 'slm-audit', 'chdb')

/**
 * Whether ClickHouse's engine is here. Where SLM_AUDIT_CROSSCHECK is `required`, as in `.ci/run`, it must be; else it is said
 * on standard error that nothing was tried on it.
 */
export function hasChdb(): boolean {
  if (existsSync(join(FOLDER, 'node_modules', 'chdb'))) return true
  const message = 'not tried on ClickHouse: scripts/crosscheck/install.sh installs it'
  if (process.env.SLM_AUDIT_CROSSCHECK === 'required') throw new Error(message)
  process.stderr.write(`${message}\n`)
  return false
}

/** A server with ClickHouse's engine, and a door before it that can be shut. */
export class TestServer implements AsyncDisposable {
  /** What the door does from now on with requests. */
  fault: ExporterFault | undefined
  readonly #stop: () => void
  readonly #port: number
  readonly #door = createServer((asked, answer) => void this.#pass(asked, answer))

  private constructor(port: number, stop: () => void) {
    this.#port = port
    this.#stop = stop
  }

  static async start(): Promise<TestServer> {
    const program = join(import.meta.dirname, 'chdb-server.mjs')
    const child = fork(program, [FOLDER], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
    const port = await new Promise<number>((resolve, reject) => {
      child.stdout?.once('data', (data: Buffer) => resolve(Number(data)))
      child.once('exit', (code) => reject(new Error(`the engine ended with ${code}`)))
    })
    const server = new TestServer(port, () => child.kill('SIGKILL'))
    await new Promise<void>((resolve) => server.#door.listen(0, '127.0.0.1', resolve))
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#door.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#door.close()
    this.#door.closeAllConnections()
    this.#stop()
  }

  async #pass(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of asked) parts.push(part as Buffer)
    const body = Buffer.concat(parts)
    if (this.fault === 'down') return void asked.socket.destroy()
    if (this.fault === 'hang') return
    if (this.fault === 'refuse' && body.includes('"idx":3,')) {
      answer.writeHead(400, { 'x-clickhouse-exception-code': '117' })
      answer.end(
        'Code: 117. DB::Exception: what was written: question 1 (INCORRECT_DATA) (version 26)'
      )
      return
    }
    const to = { port: this.#port, host: '127.0.0.1', path: asked.url, method: asked.method }
    const passed = request(to, (response) => {
      answer.writeHead(response.statusCode ?? 500, response.headers)
      response.pipe(answer)
    })
    passed.on('error', () => asked.socket.destroy())
    passed.end(body)
  }
}
