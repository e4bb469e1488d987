import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { reportUntested } from '../../src/instrument/report-untested.ts'
import { newLog } from '../helpers.ts'

const root = mkdtempSync(join(tmpdir(), 'slm-audit-'))
afterAll(() => rmSync(root, { recursive: true }))
afterEach(() => vi.unstubAllGlobals())

/** Writes the package.json of an installed package, which its exports hide. */
function install(path: string, manifest: object | string): void {
  const file = join(root, path, 'package.json')
  mkdirSync(dirname(file), { recursive: true })
  const hidden = { exports: { '.': './index.js' } }
  const text = typeof manifest === 'string' ? manifest : JSON.stringify({ ...hidden, ...manifest })
  writeFileSync(file, text)
}

/** The module of an adapter that is installed beside its clients, or in a folder of its own. */
const adapter = (folder = 'node_modules/@slm-audit/adapter') =>
  pathToFileURL(join(root, folder, 'dist/index.js')).href

/** What is reported of a client that is tested with 1 and 2. */
function reportOf(name: string, from = adapter(), version?: string): string[] {
  const { log, problems } = newLog()
  reportUntested(log, { name, version, from, tested: ['1', '2'] })
  return problems.map(({ code, message }) => `${code}: ${message.split(';')[0]}`)
}

test('a client that does not tell its version is looked up where Node finds it, once', () => {
  install('node_modules/@scope/quiet', { version: '3.0.1' })
  const said = 'client_untested: @scope/quiet 3.0.1 is not among the tested versions (1, 2)'
  expect(reportOf('@scope/quiet')).toEqual([said])
  expect(reportOf('@scope/quiet')).toEqual([])
})

test('the nearest one counts, and what a client says of itself before that', () => {
  install('node_modules/near', { version: '3.0.0' })
  install('app/node_modules/near', { version: '2.9.0' })
  const inApp = adapter('app/node_modules/adapter')
  expect(reportOf('near', inApp)).toEqual([])
  expect(reportOf('near', adapter(), '1.0.0')).toEqual([])
  expect(reportOf('near')).toHaveLength(1)
})

test.each([
  ['missing', undefined],
  ['broken', '{'],
  ['no object', '3'],
  ['versionless', {}],
  ['linked', { version: 'workspace:*' }]
])('%s: what is not known is not reported', (name, manifest) => {
  if (manifest !== undefined) install(`node_modules/${name}`, manifest)
  expect(reportOf(name)).toEqual([])
})

test.each([undefined as never, '', 'https://host/bundle.js', './dist/index.js', 'webpack:///x'])(
  'a module at %s tells nothing, and harms nothing',
  (from) => {
    install('node_modules/placed', { version: '3.0.0' })
    const { log, problems } = newLog()
    reportUntested(log, { name: 'placed', from, tested: ['1'] })
    expect(problems).toEqual([])
  }
)

test.each([
  ['no process', undefined],
  ['an older Node, or a shim of a bundler', { env: {}, versions: {} }],
  ['other modules', { getBuiltinModule: () => undefined }],
  [
    'a runtime that refuses',
    {
      getBuiltinModule() {
        throw new Error('no')
      }
    }
  ]
])('%s: nothing is known', (_name, process) => {
  install('node_modules/elsewhere', { version: '3.0.0' })
  const { log, problems } = newLog()
  vi.stubGlobal('process', process)
  reportUntested(log, { name: 'elsewhere', from: adapter(), tested: ['1'] })
  vi.unstubAllGlobals()
  expect(problems).toEqual([])
})
