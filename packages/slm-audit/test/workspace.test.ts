import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { packages } from '../../../scripts/packages.ts'
import { sdk } from '../../core/src/sdk.ts'

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
    const source = readFileSync('packages/core/src/error.ts', 'utf8')
    const guide = readFileSync('docs/guide/errors.md', 'utf8')
    const codes = [...source.matchAll(/^ {2}\| '(\w+)'/gm)].map(([, code]) => code)
    expect(codes.length).toBeGreaterThan(10)
    for (const code of codes) expect(guide).toContain(`\`${code}\``)
  })

  test('documents every member of the record', () => {
    const schema = readFileSync('packages/core/src/schema.ts', 'utf8')
    const [, body = ''] =
      /auditRecordSchema = z\.strictObject\(\{([\s\S]*?)\n\}\)/.exec(schema) ?? []
    const format = readFileSync('docs/record-format.md', 'utf8')
    const members = [...body.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name)
    expect(members.length).toBeGreaterThan(15)
    for (const name of members) expect(format).toContain(`\`${name}\``)
  })

  test('records carry the version of the packages', () => {
    for (const { folder } of packages()) {
      const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      expect(version).toBe(sdk.version)
    }
  })

  test('every adapter has tests, and a page that says what it captures', () => {
    for (const name of readdirSync('packages/adapters')) {
      expect(readdirSync(join('packages/adapters', name, 'test')).length).toBeGreaterThan(0)
      expect(readFileSync(join('packages/adapters', name, 'README.md'), 'utf8')).toMatch(
        /Captured:/
      )
    }
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
