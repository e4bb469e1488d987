import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { AuditError, messageOf } from '@slm-audit/core/journal'
import { auditViewer, type ReaderSource, type ViewerOptions } from './audit-viewer.ts'

/** Options of `serveViewer`. */
export interface ServeOptions extends Pick<ViewerOptions, 'name' | 'figures' | 'annotate'> {
  /** The port on 127.0.0.1; a free one unless given. */
  readonly port?: number
}

/** A viewer that is served; dispose it to end it. */
export interface ServedViewer extends AsyncDisposable {
  /** The address to open, with its token. */
  readonly url: string
}

const LOOPBACK = '127.0.0.1'

/**
 * Serves the viewer on loopback alone, behind a token that is made for it. Rejects with AuditError
 * `bad_option` for a port that cannot be had.
 */
export async function serveViewer(
  reader: ReaderSource,
  options: ServeOptions = {}
): Promise<ServedViewer> {
  const token = randomBytes(24).toString('base64url')
  const hosts: string[] = []
  const { port = 0, ...rest } = options
  const fetch = auditViewer(reader, { ...rest, token, hosts })
  const server = await listen(fetch, port)
  const address = server.address() as AddressInfo
  hosts.push(`${LOOPBACK}:${address.port}`, `localhost:${address.port}`)
  return {
    url: `http://${LOOPBACK}:${address.port}/?token=${token}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

function listen(fetch: (request: Request) => Promise<Response>, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, port, hostname: LOOPBACK }, () => resolve(server)) as Server
    server.once('error', (cause) => {
      const message = `the viewer cannot listen on port ${port} (${messageOf(cause)}); name another with --port`
      reject(new AuditError('bad_option', message, { cause }))
    })
  })
}
