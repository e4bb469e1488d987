import { execFile } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'

const run = promisify(execFile)
const root = new URL('../..', import.meta.url).pathname
/** Below the root, where `slm-audit` is found. */
const programs = join(root, '.scratch', `guides-${process.pid}`)

/** What the programs of each page print; those of one page run in one folder, one after the other. */
const expected: { readonly [page: string]: readonly string[] } = {
  'getting-started.md': ['It left our warehouse today.\n'],
  'access.md': ['To ***@*******.***.\nann list masked\n'],
  'anomalies.md': ['loop S-42 8\n1 in the log\n'],
  'assistants.md': ['search show session compare stats verify\nWrite to ***@*******.***\n'],
  'annotations.md': ['guardrail undefined\nfeedback,score,note It is 21.\n'],
  'comparing.md': ['1 of 1 changed: How long?\nFive days. → Ten days.\n'],
  'encryption.md': ['false\nFive days. p- 0\n'],
  'erasing.md': ['2 contents erased\n2 records held for INC-7\nundefined 2 0\n'],
  'filters.md': [
    'user:u-7 → u-7\n-user:u-7 tag.tier:gold → u-8\nrefund OR parcel → u-8, u-7\ntook:>1h → none\n'
  ],
  'sessions.md': ['2 Where is my refund? → Tomorrow.\nS-42 u-7 2\n'],
  'statistics.md': [
    "echo-1 2 1 RangeError\nnumber\n[ { value: 'echo-1', calls: 2 } ]\n" +
      "[ { value: 'echo-1', calls: 1 } ] 1 false\n"
  ],
  'contexts.md': ['2 calls of session S-42\n'],
  'reading.md': [
    'echo-1 number\nHow long does a refund take? → Five days.\n' +
      'How long does a [refund] take?\n3 records\n'
  ],
  'not-recorded.md': ['1 call, 0 problems\n'],
  'policy.md': ['2 calls are recorded, one of them without what was said\n'],
  'redaction.md': ['⟨name-…⟩ pays by **** **** **** 1111 and calls ⟨phone⟩\n'],
  'replaying.md': ['Three days.\n{ exact: 1, diverged: 0, unused: 0 }\n'],
  'retention.md': ['2 records due, 19 bytes taken out\n'],
  'reviews.md': ['review_needed\napproved, so it is sent: You said Clause 7 …\n'],
  'shutting-down.md': ['1 call after SIGTERM\n']
}

afterAll(() => rmSync(programs, { recursive: true, force: true }))

test('every program of the guides is run', () => {
  const pages = readdirSync(join(root, 'docs/guide')).filter((page) => programsOf(page).length > 0)
  expect(pages.sort()).toEqual(Object.keys(expected).sort())
})

test.each(Object.entries(expected))(
  'the programs of %s print what they promise',
  async (page, outputs) => {
    const sources = programsOf(page)
    expect(sources.length).toBe(outputs.length)
    const cwd = mkdtempSync(join(tmpdir(), 'slm-audit-guide-'))
    // Where an application has its commands.
    symlinkSync(join(root, 'node_modules'), join(cwd, 'node_modules'))
    mkdirSync(programs, { recursive: true })
    for (const [at, source] of sources.entries()) {
      const file = join(programs, `${basename(page, '.md')}-${at}.ts`)
      writeFileSync(file, source)
      const { stdout, stderr } = await run(process.execPath, [file], { cwd })
      expect(stderr).toBe('')
      expect(stdout).toBe(outputs[at])
    }
  }
)

/** Blocks of a page that are whole programs: their fence says `ts run`. */
function programsOf(page: string): string[] {
  const text = readFileSync(join(root, 'docs/guide', page), 'utf8')
  return [...text.matchAll(/^```ts run\n([\s\S]*?)^```/gm)].map(([, source = '']) => source)
}
