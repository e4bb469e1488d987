import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { cellsOf } from '../frameworks/cells.ts'
import { FRAMEWORKS } from '../frameworks/frameworks.ts'
import { linesOf, PAGE, RESULTS, type Results, withTable } from '../frameworks/page.ts'

const results = JSON.parse(readFileSync(RESULTS, 'utf8')) as Results

describe('docs/frameworks.md', () => {
  test('has the table that was recorded; `pnpm run frameworks --update` records it', () => {
    const page = readFileSync(PAGE, 'utf8')
    expect(withTable(page, results)).toBe(page)
  })

  test('every framework has a program, a line and a result, and the other way round', () => {
    const apps = FRAMEWORKS.map(({ app }) => app).sort()
    const programs = readdirSync('scripts/frameworks/apps').map((file) => file.replace('.mjs', ''))
    expect(programs.sort()).toEqual(apps)
    expect(Object.keys(results).sort()).toEqual(apps)
    for (const app of apps) expect(linesOf(app), app).not.toEqual([])
  })
})

describe('cells', () => {
  const scene = {
    ...{ requests: 2, toolRuns: 1, calls: 2, others: 0, streamed: 1, tools: 1, linkedTools: 1 },
    ...{ steps: 1, callsInSteps: 2, strays: 0, tree: [] }
  }

  test('all that is recorded once, in its place', () => {
    const cells = { calls: 'all', streams: 'yes', tools: 'yes', tree: 'yes', session: 'yes' }
    expect(cellsOf({ stream: scene, tools: scene }, true)).toEqual(cells)
    expect(cellsOf({ stream: scene, tools: scene }, false).tree).toBe('–')
  })

  test('what is recorded twice in one scene does not make up for what another lacks', () => {
    const [twice, never] = [
      { ...scene, calls: 4 },
      { ...scene, calls: 0 }
    ]
    expect(cellsOf({ plain: twice, tools: never }, true).calls).toBe('4 for 4, one by one not all')
  })

  test('tools without the call that asked, and none', () => {
    expect(cellsOf({ tools: { ...scene, linkedTools: 0 } }, true).tools).toBe('unlinked')
    expect(cellsOf({ tools: { ...scene, tools: 0, linkedTools: 0 } }, true).tools).toBe('no')
    expect(cellsOf({ plain: { ...scene, toolRuns: 0, tools: 0 } }, true).tools).toBe('–')
  })
})
