import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { timestampAnchor } from '@slm-audit/rfc3161'
import { sqliteJournal } from '@slm-audit/sqlite'
import { collectingLog } from '@slm-audit/testing'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-tsa-'))
const at = (name: string) => join(folder, name)
const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })

const CONFIG = `[tsa]
default_tsa = ours
[ours]
serial = ${at('serial')}
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
accuracy = secs:1
[ext]
extendedKeyUsage = critical,timeStamping
`

/** An authority on this machine: its certificate, and openssl to stamp with. */
beforeAll(() => {
  writeFileSync(at('config'), CONFIG)
  writeFileSync(at('serial'), '01\n')
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=ca',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '9'
  )
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=tsa',
    '-keyout',
    'tsa.key',
    '-out',
    'tsa.csr'
  )
  openssl(
    'x509',
    '-req',
    '-in',
    'tsa.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-extfile',
    'config',
    '-extensions',
    'ext',
    '-out',
    'tsa.pem',
    '-days',
    '9'
  )
})

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

type Answer = (query: Buffer, response: ServerResponse) => void

async function serve(answer: Answer): Promise<string> {
  const server = createServer(async (request: IncomingMessage, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    answer(Buffer.concat(parts), response)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

function stamp(query: Buffer): Buffer {
  writeFileSync(at('query'), query)
  openssl(
    'ts',
    '-reply',
    '-config',
    'config',
    '-queryfile',
    'query',
    '-signer',
    'tsa.pem',
    '-inkey',
    'tsa.key',
    '-out',
    'reply'
  )
  return readFileSync(at('reply'))
}

/** A log with one call whose checkpoints go to an authority; gives the folder of stamps and the problems. */
async function anchored(url: string) {
  const made = mkdtempSync(join(tmpdir(), 'slm-audit-stamps-'))
  const directory = join(made, 'stamps')
  const journal = await sqliteJournal({
    file: join(made, 'audit.db'),
    anchors: [timestampAnchor({ url, directory })]
  })
  const { log, problems } = collectingLog(journal, {})
  await log.record({ operation: 'chat', provider: 'p', input: 'q' }, async () => 'a')
  await log.close()
  return { directory, problems }
}

describe('an anchor in time stamps', () => {
  test('keeps stamps that openssl verifies with the certificate of the authority', async () => {
    const url = await serve((query, response) => response.end(stamp(query)))
    const { directory, problems } = await anchored(url)
    expect(problems).toEqual([])
    expect(readdirSync(directory)).toEqual(['000000000003.checkpoint', '000000000003.tsr'])
    const [data, reply] = readdirSync(directory).map((name) => join(directory, name))
    const verify = () =>
      execFileSync(
        'openssl',
        [
          'ts',
          '-verify',
          '-data',
          `${data}`,
          '-in',
          `${reply}`,
          '-CAfile',
          at('ca.pem'),
          '-untrusted',
          at('tsa.pem')
        ],
        { stdio: 'pipe' }
      ).toString()
    expect(verify()).toMatch(/OK/)
    writeFileSync(`${data}`, `${readFileSync(`${data}`, 'utf8')} `)
    expect(verify).toThrow(/imprint|failed/i)
  })

  test.each<[string, Answer, RegExp]>([
    ['a page', (_, response) => response.end('<form>please log in</form>'), /not a stamp/],
    ['nothing', (_, response) => response.end(), /not a stamp/],
    [
      'a refusal',
      (_, response) => response.end(Buffer.from('30053003020102', 'hex')),
      /refuses, with status 2/
    ],
    [
      'the stamp of something else',
      (query, response) => {
        const other = Buffer.from(query)
        other[40] = (other[40] ?? 0) ^ 1
        response.end(stamp(other))
      },
      /stamps something else/
    ],
    [
      'a stamp of another request',
      (query, response) => {
        const other = Buffer.from(query)
        const last = other.length - 5
        other[last] = (other[last] ?? 0) ^ 1
        response.end(stamp(other))
      },
      /answers another request/
    ],
    [
      'a stamp that is cut off',
      (query, response) => response.end(stamp(query).subarray(0, 200)),
      /cut off/
    ],
    ['an error', (_, response) => response.writeHead(503).end('down'), /answers with 503/],
    [
      'a redirect',
      (_, response) => response.writeHead(307, { location: '/elsewhere' }).end(),
      /answers with 307/
    ],
    ['a flood', (_, response) => response.end(Buffer.alloc(9_000_000)), /larger than any stamp/]
  ])('keeps nothing of %s, and says what it got', async (_what, answer, said) => {
    const { directory, problems } = await anchored(await serve(answer))
    expect(problems.map(({ code, message }) => `${code} ${message}`)).toEqual([
      expect.stringMatching(said)
    ])
    expect(() => readdirSync(directory)).toThrow()
  })

  test('refuses options that cannot be meant', () => {
    expect(() => timestampAnchor({ url: 'tsa', directory: 'x' })).toThrow(/url must be/)
    expect(() => timestampAnchor({ url: 'https://tsa.example', directory: '' })).toThrow(
      /directory/
    )
  })
})
