import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SealedRecord } from '@slm-audit/core'
import { checkRecord, decodeSealed } from '@slm-audit/core/reader'
import { build, type Plugin } from 'esbuild'
import { mustRun } from './chromium.ts'

/** The test's own server: the page, and where its records go. */
export interface Site extends AsyncDisposable {
  readonly url: string
  /** Records received, by index: a record that comes twice is kept once. */
  readonly received: Map<number, SealedRecord>
  /** Requests with records, with the answer that they got. */
  readonly requests: { readonly authorization: string | undefined; readonly status: number }[]
  /** Answers with 503 while set. */
  isDown: boolean
}

const HTML = '<!doctype html><title>page</title><script type="module" src="/page.js"></script>'

/** Bundles the page for browsers, which fails where anything imports from Node, and serves it. */
export async function openSite(): Promise<Site> {
  const files = await bundle()
  const site = { received: new Map<number, SealedRecord>(), isDown: false }
  const requests: Site['requests'][number][] = []
  const server = createServer(async (request, response) => {
    const file = files.get(request.url ?? '')
    if (file) return response.setHeader('content-type', 'text/javascript').end(file)
    if (request.url !== '/audit') {
      return response.setHeader('content-type', 'text/html').end(HTML)
    }
    let body = ''
    for await (const part of request) body += part
    const status = site.isDown ? 503 : 204
    requests.push({ authorization: request.headers.authorization, status })
    if (!site.isDown) for (const record of recordsIn(body)) site.received.set(record.index, record)
    return response.writeHead(status).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(site, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  })
}

/** The sealed records in a batch, each checked against itself. */
function recordsIn(body: string): SealedRecord[] {
  const { data } = JSON.parse(body) as { data: { records: { index: number }[] } }
  return data.records.map((sent) => {
    const record = decodeSealed(JSON.stringify(sent))
    const flaw = record && checkRecord(record, sent.index)
    if (record === undefined || flaw) throw new Error(flaw?.detail ?? 'that is not a record')
    return record
  })
}

/** Takes what is published in place of the sources. */
const built: Plugin = {
  name: 'built',
  setup(bundler) {
    bundler.onResolve({ filter: /^@slm-audit\// }, async ({ path, pluginData, ...from }) => {
      if (pluginData === built) return undefined
      const { kind, resolveDir } = from
      const found = await bundler.resolve(path, { kind, resolveDir, pluginData: built })
      return { path: found.path.replace('/src/', '/dist/').replace(/\.ts$/, '.js') }
    })
  }
}

async function bundle(): Promise<Map<string, Uint8Array>> {
  const entry = (name: string) => new URL(`${name}.ts`, import.meta.url).pathname
  const { outputFiles } = await build({
    entryPoints: [entry('page'), entry('worker')],
    bundle: true,
    splitting: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    outdir: '/',
    // There `pnpm test` has just built the packages.
    plugins: mustRun ? [built] : [],
    logLevel: 'error'
  })
  return new Map(outputFiles.map(({ path, contents }) => [path, contents]))
}
