import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { outdated } from '../../../scripts/generate.ts'
import { packages } from '../../../scripts/packages.ts'
import { sdk } from '../../core/src/record/sdk.ts'

const root = new URL('../../..', import.meta.url).pathname
process.chdir(root)

describe('the workspace', () => {
  test('exports what docs/public-exports lists; a change there is a change of the API', async () => {
    for (const { name, folder, manifest } of packages()) {
      const lines = ['Made by the tests from the sources; reviewed like code.', '']
      for (const [subpath, source] of Object.entries(manifest.exports)) {
        if (!source.endsWith('.ts')) continue
        lines.push(`## ${join(name, subpath)}`, '')
        lines.push(...exportsOf(join(folder, source)).map((each) => `- ${each}`), '')
      }
      const file = join(root, 'docs/public-exports', `${name.replace('@slm-audit/', '')}.md`)
      await expect(lines.join('\n')).toMatchFileSnapshot(file)
    }
  })

  test('documents every error code', () => {
    const source = readFileSync('packages/core/src/base/error.ts', 'utf8')
    const guide = readFileSync('docs/guide/errors.md', 'utf8')
    const codes = [...source.matchAll(/^ {2}\| '(\w+)'/gm)].map(([, code]) => code)
    expect(codes.length).toBeGreaterThan(10)
    for (const code of codes) expect(guide).toContain(`\`${code}\``)
  })

  test('decisions say when they were made, whether they hold, and what would change them', () => {
    const names = readdirSync('docs/decisions').filter((name) => /^\d/.test(name))
    for (const name of names) {
      const [title, , status] = readFileSync(join('docs/decisions', name), 'utf8').split('\n')
      expect(title, name).toMatch(new RegExp(`^# ${Number(name.slice(0, 4))}\\. `))
      expect(status, name).toMatch(
        /^Date: \d{4}-\d\d-\d\d · Status: (accepted|superseded by \d+) · Revisit when: \S/
      )
    }
    expect(new Set(names.map((name) => name.slice(0, 4))).size).toBe(names.length)
  })

  test('records carry the version of the packages', () => {
    for (const { folder } of packages()) {
      const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      expect(version).toBe(sdk.version)
    }
  })

  test('sources, fixtures and pages of adapters name the same set', () => {
    const adapters = readdirSync('packages/adapters').sort()
    const pages = readdirSync('docs/adapters').map((name) => name.replace(/\.md$/, ''))
    expect(pages.sort()).toEqual(adapters)
    for (const name of adapters) {
      const folder = join('packages/adapters', name)
      expect(readdirSync(join(folder, 'test')).length).toBeGreaterThan(0)
      expect(existsSync(join(folder, 'README.md'))).toBe(true)
      const page = readFileSync(join('docs/adapters', `${name}.md`), 'utf8')
      for (const part of ['npm install', '```ts', '## Captured', '## Not captured']) {
        expect(page, `docs/adapters/${name}.md`).toContain(part)
      }
      const fixtures = readdirSync(join(folder, 'fixtures'))
      expect(fixtures.length).toBeGreaterThan(0)
      for (const fixture of fixtures) {
        const files = readdirSync(join(folder, 'fixtures', fixture))
        expect(files, `${name}: ${fixture}`).toEqual(
          expect.arrayContaining(['SOURCE.md', 'expected.json'])
        )
      }
    }
  })

  test('each wire format of an adapter has a fixture, and each fixture says how it was made', () => {
    for (const name of readdirSync('packages/adapters')) {
      const folder = join('packages/adapters', name)
      const sources = readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .map((file) => join(folder, 'src', file))
      const formats = sources.flatMap((file) =>
        [...readFileSync(file, 'utf8').matchAll(/^ {2}name: '([\w-]+\.\w+)',$/gm)].map(
          ([, one]) => one
        )
      )
      const recorded = new Set<string | undefined>()
      for (const fixture of readdirSync(join(folder, 'fixtures'))) {
        const read = (file: string) => readFileSync(join(folder, 'fixtures', fixture, file), 'utf8')
        const { call }: { call?: { protocol?: string } } = JSON.parse(read('expected.json'))
        recorded.add(call?.protocol)
        expect(read('SOURCE.md'), `${name}: ${fixture}`).toMatch(
          /^(Written by hand|Recorded|Made by)/
        )
      }
      expect([...recorded], name).toEqual(expect.arrayContaining(formats))
    }
  })

  test('files that are made from the packages are up to date; `pnpm run generate` writes them', async () => {
    expect(await outdated()).toEqual([])
  })
})

/** Names that a module exports, types marked, read from its source. */
function exportsOf(path: string): string[] {
  const source = readFileSync(path, 'utf8')
  const names: string[] = []
  for (const [, type, list = ''] of source.matchAll(/^export (type )?\{([^}]*)\}/gm)) {
    for (const item of list.split(',').map((each) => each.trim())) {
      if (item !== '') names.push(type && !item.startsWith('type ') ? `type ${item}` : item)
    }
  }
  for (const [, kind = '', name = ''] of source.matchAll(
    /^export (?:async )?(function|class|const|interface|type) (\w+)/gm
  )) {
    names.push(kind === 'interface' || kind === 'type' ? `type ${name}` : name)
  }
  for (const [, from = ''] of source.matchAll(/^export \* from '(\.[^']+)'/gm)) {
    names.push(...exportsOf(join(path, '..', from)))
  }
  return names.sort()
}
