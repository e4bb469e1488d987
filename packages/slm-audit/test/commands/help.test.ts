import { Command } from 'commander'
import { beforeAll, describe, expect, test } from 'vitest'
import { HELP_EXAMPLES } from '../../src/base/help-examples.ts'
import { withNegations } from '../../src/commands/filter.ts'
import { COMMANDS } from '../../src/commands.ts'
import { cli, cliOf } from '../run.ts'

/** Each command, and each command of a command, by its words. */
const pages = new Map<string, Command>()

beforeAll(async () => {
  const program = new Command('slm-audit')
  for (const load of Object.values(COMMANDS)) (await load())(program, {} as never, () => undefined)
  const add = (command: Command, path: readonly string[]) => {
    pages.set(path.join(' '), command)
    for (const each of command.commands) add(each, [...path, each.name()])
  }
  add(program, [])
})

/** The words of a line as a shell takes them apart. */
const wordsOf = (line: string) =>
  (line.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^(["'])(.*)\1$/s, '$2'))

describe('each page of help', () => {
  test.each([60, 100, 160])('fits %i columns and ends with an example', async (width) => {
    for (const path of pages.keys()) {
      const { code, out } = await cliOf(width)(...wordsOf(path), '--help')
      expect([path, code]).toEqual([path, 0])
      const tooLong = out.split('\n').filter((line) => line.length > width)
      expect([path, tooLong]).toEqual([path, []])
      expect(out).toMatch(/\n\nexample: slm-audit \S[^\n]*(\n {2}[^\n]+)*$/)
      // A shell takes the line that goes on for one.
      const [, typed = ''] = out.replaceAll('\\\n', '').split('\nexample: slm-audit ')
      expect(wordsOf(typed)).toEqual(wordsOf(HELP_EXAMPLES[path] ?? ''))
    }
  })

  test('has an example that its command takes', async () => {
    expect([...pages.keys()].sort()).toEqual(Object.keys(HELP_EXAMPLES).sort())
    const taken: string[] = []
    const root = pages.get('') ?? new Command()
    for (const [path, command] of pages) {
      command.exitOverride().configureOutput({ writeErr: () => undefined })
      if (command.commands.length === 0) command.action(() => void taken.push(path))
    }
    for (const [path, example] of Object.entries(HELP_EXAMPLES)) {
      taken.length = 0
      // Where the line goes to a file, the command does not see it.
      const words = wordsOf(example.replace(/ >>? \S+$/, ''))
      await root.parseAsync(withNegations(words), { from: 'user' })
      expect([path, taken]).toEqual([path, [expect.stringMatching(path)]])
    }
  })
})

describe('help is asked for', () => {
  test.each([
    ['help policy init', /^Usage: slm-audit policy init /],
    ['policy help init', /^Usage: slm-audit policy init /],
    ['policy init -h', /^Usage: slm-audit policy init /],
    ['help', /^Usage: slm-audit \[options\] \[command\]/]
  ])('%s', async (words, page) => {
    expect(await cli(...words.split(' '))).toMatchObject({
      code: 0,
      out: expect.stringMatching(page),
      error: ''
    })
  })

  test.each([
    ['nonsense --help', /^slm-audit: there is no command 'nonsense'; slm-audit --help lists them$/],
    ['help lst', /there is no command 'lst'; did you mean list\?$/],
    ['policy nonsense --help', /no command 'nonsense'; slm-audit policy --help lists them$/]
  ])('%s: of a command that there is not', async (words, says) => {
    const { code, out, error } = await cli(...words.split(' '))
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(error).toMatch(says)
  })
})
