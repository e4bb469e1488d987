// Serves a page that asks a model in the browser, and takes in what the page records: main.ts
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseRecord } from '@slm-audit/core'
import { checkRecord, decodeSealed } from '@slm-audit/core/reader'
import { build } from 'esbuild'

const HTML = `<!doctype html><title>Shop</title>
<form><input value="How long does a refund take?" size="40"><button>Ask</button></form>
<p><output></output></p><button id="save">Save the records</button>
<script type="module" src="/page.js"></script>`
const MOST_BYTES = 2 * 1024 * 1024

const entryPoints = [new URL('page.ts', import.meta.url).pathname]
const { outputFiles } = await build({ entryPoints, bundle: true, format: 'esm', write: false })
/** The records of each page, a line each. */
const kept = new Map<string, string[]>()

const server = createServer(async (request, response) => {
  if (request.url === '/page.js') {
    return response.setHeader('content-type', 'text/javascript').end(outputFiles[0]?.contents)
  }
  if (request.url !== '/audit') return response.setHeader('content-type', 'text/html').end(HTML)
  let body = ''
  for await (const part of request) {
    body += part
    if (body.length > MOST_BYTES) return response.writeHead(413).end()
  }
  return response.writeHead(takeIn(body)).end()
})

/** Keeps a batch of records, a file a page; what a page says is believed no further than it can be checked. */
function takeIn(body: string): number {
  try {
    for (const sent of JSON.parse(body).data.records as unknown[]) {
      const line = JSON.stringify(sent)
      const record = decodeSealed(line)
      if (record === undefined || checkRecord(record, record.index)) return 422
      const { log, stage } = parseRecord(record)
      const page = /^shop\.example\/([0-9a-f-]{36})$/.exec(log.origin)?.[1]
      if (page === undefined) return 422
      const lines = kept.get(page) ?? []
      const next = lines.length
      // A batch that comes again holds what is here already.
      if (record.index < next) continue
      if (record.index > next) return 409
      kept.set(page, lines)
      lines.push(line)
      // The end tells a reader that nothing was cut off.
      writeFileSync(`${page}.jsonl`, [...lines, `{"end":${lines.length}}`, ''].join('\n'))
      console.log(`record ${record.index} ${stage} in ${page}.jsonl`)
    }
    return 204
  } catch {
    return 400
  }
}

server.listen(0, '127.0.0.1', () => {
  console.log(`open http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
})
