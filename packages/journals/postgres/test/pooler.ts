import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './server.ts'

const PROGRAM = '/usr/sbin/pgbouncer'

/** Whether PgBouncer is installed; where all is required, as in `.ci/run`, it throws where it is not. */
export function hasPooler(): boolean {
  if (existsSync(PROGRAM)) return true
  const message = `${PROGRAM} is not here; scripts/crosscheck/install.sh installs it`
  if (process.env.SLM_AUDIT_CROSSCHECK === 'required') throw new Error(message)
  process.stderr.write(`not tried behind PgBouncer: ${message}\n`)
  return false
}

/** PgBouncer in transaction mode before a server, with two connections for all. */
export class Pooler implements AsyncDisposable {
  readonly port: number
  readonly #folder: string
  readonly #process: ChildProcess

  private constructor(folder: string, port: number) {
    this.#folder = folder
    this.port = port
    const asRoot = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
    this.#process = spawn(PROGRAM, [...asRoot, join(folder, 'pgbouncer.ini')], { stdio: 'ignore' })
  }

  static async start(serverPort: number): Promise<Pooler> {
    const folder = mkdtempSync(join(tmpdir(), 'slm-audit-pooler-'))
    const port = await freePort()
    const settings = [
      '[databases]',
      `postgres = host=127.0.0.1 port=${serverPort} dbname=postgres user=audit`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = any',
      'pool_mode = transaction',
      'default_pool_size = 2',
      'server_reset_query_always = 1'
    ]
    writeFileSync(join(folder, 'pgbouncer.ini'), `${settings.join('\n')}\n`, { mode: 0o644 })
    chmodSync(folder, 0o755)
    const pooler = new Pooler(folder, port)
    while (!(await answers(port))) await new Promise((resolve) => setTimeout(resolve, 50))
    return pooler
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.kill('SIGKILL')
    await ended
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
