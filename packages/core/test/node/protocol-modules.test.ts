import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { ProtocolModules } from '../../src/node/intake/protocol-modules.ts'
import type { CarriedFrame } from '../../src/recording/frame.ts'

const ran = globalThis as { ranFromSpool?: boolean }

test('a frame cannot choose what the process runs', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'slm-audit-')), 'evil.mjs')
  writeFileSync(path, 'globalThis.ranFromSpool = true')
  const evil = pathToFileURL(path).href
  const beside = new URL('../../../', import.meta.url).href
  const modules = new ProtocolModules()
  const named = [
    evil,
    `${beside}core/../../../../../../../..${path}`,
    'data:text/javascript,0',
    'fs',
    path
  ]
  await modules.loadFor(named.map(frameNaming))
  expect(ran.ranFromSpool).toBeUndefined()
  for (const module of named) expect(modules.protocol(module, 'x')).toBeUndefined()
})

test('the protocol of an adapter beside this package is found', async () => {
  const module = new URL('../../../adapters/openai/src/index.ts', import.meta.url).href
  const modules = new ProtocolModules()
  await modules.loadFor([frameNaming(module)])
  expect(modules.protocol(module, 'openai.chat')).toBeDefined()
})

function frameNaming(module: string): CarriedFrame {
  const shared = [JSON.stringify({ wire: { protocol: 'x', module } })]
  return { kind: 'opened', auditId: 'a', at: 0, meta: '{}', shared, sequence: 1 }
}
