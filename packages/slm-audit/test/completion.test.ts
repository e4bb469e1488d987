import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { createAuditLog } from 'slm-audit'
import { beforeAll, expect, test } from 'vitest'
import { writeCorpus } from '../../../bench/corpus/write-corpus.ts'
import { cli } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-'))
const file = join(folder, 'shop.db')

beforeAll(() => {
  writeCorpus(file, { calls: 300, until: Date.UTC(2026, 5, 30) })
  const program = new URL('../src/cli.ts', import.meta.url).pathname
  writeFileSync(
    join(folder, 'slm-audit'),
    `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`,
    {
      mode: 0o755
    }
  )
})

const texts = async (...words: string[]) => {
  const { out } = await cli('complete', '--', ...words)
  return out === '' ? [] : out.split('\n').map((line) => line.split('\t')[0])
}

test('commands, options, fields and values of the log can be completed', async () => {
  expect(await texts('ses')).toEqual(['sessions', 'session'])
  expect(await texts('list', '--ut')).toEqual(['--utc'])
  expect(await texts('list', 'ver')).toEqual(['version:'])
  expect(await texts('list', '-f', file, 'tenant:')).toEqual(
    expect.arrayContaining(['tenant:nord', 'tenant:west'])
  )
  expect(await texts('stats', '-f', file, '-tag.tier:g')).toEqual(['-tag.tier:gold'])
  expect(await texts('list', '-f', '/nowhere.db', 'stage:c')).toEqual([
    'stage:complete',
    'stage:cancelled'
  ])
  expect(await texts('show', 'x')).toEqual([])
  const calls = await texts('annotate', '-f', file, '')
  expect(calls.slice(0, 2)).toEqual(['last', expect.stringMatching(/^\d+$/)])
  const [newest = ''] = await texts('session', '-f', file, '')
  expect(newest).not.toBe('')
  expect(await texts('list', '-f', file, `session:${newest.slice(0, 3)}`)).toContain(
    `session:${newest}`
  )
  expect(await texts('list', '-f', file, '--session', newest)).toEqual([newest])
  expect(await texts('stats', '--by', 'model,te')).toEqual(['model,tenant'])
  expect(await texts('list', '--stage=ca')).toEqual(['--stage=cancelled'])
  expect(await texts('list', '-f', file, '--tenant=n')).toEqual(['--tenant=nord'])
  expect(await texts('--v')).toEqual(['--version'])
  expect(await texts('help', 'doc')).toEqual(['doctor'])
  expect(await texts('policy', '')).toEqual(['init', 'check', 'explain', 'test'])
  expect(await texts('policy', 'check', '--js')).toEqual(['--json', '--jsonl'])
  expect(await texts('completion', 'f')).toEqual(['fish'])
  expect(await texts('list', '-f', file, '--tenant', 'n')).toEqual(['nord'])
  expect(await texts('session', '-f', file, 'x')).toEqual([])
  expect(await texts('compare', '--by', 'ver')).toEqual(['version'])
  expect(await texts('replay', '--divergence', '')).toEqual(['serve', 'fail', 'live'])
  // A shell offers files then.
  expect(await texts('list', '--file', '')).toEqual([])
  expect(await texts('list', '--slow', 'stage:cancel')).toEqual(['stage:cancelled'])
  expect(await texts('frobnicate', 'x')).toEqual([])
  expect(await texts()).toContain('list')
})

test.runIf(process.platform !== 'win32')('bash completes by the script', async () => {
  const { out } = await cli('completion', 'bash')
  const line = `slm-audit list -f ${file} stage:c`
  const script = `compopt() { :; }; ${out}
    COMP_LINE='${line}'; COMP_POINT=${line.length}; _slm_audit; echo "\${COMPREPLY[@]}"
    COMP_LINE='slm-audit '; COMP_POINT=10; _slm_audit; echo "\${COMPREPLY[0]}"
    type() { COMP_LINE="$1"; COMP_POINT=\${#1}; _slm_audit; echo "\${COMPREPLY[@]}"; }
    type 'slm-audit list --stage=ca'
    type 'slm-audit list "stage:ca'
    type "slm-audit list 'stage:ca"`
  const path = [folder, process.env.PATH].join(delimiter)
  expect(out).toMatch(/^complete -o bashdefault -o default -F _slm_audit slm-audit$/m)
  const { stdout } = await promisify(execFile)('bash', ['-c', script], {
    env: { ...process.env, PATH: path }
  })
  // Bash takes a word apart at its colons.
  expect(stdout).toBe('complete cancelled\nlist\ncancelled\nstage:cancelled\nstage:cancelled\n')
})

test.runIf(process.platform !== 'win32')(
  'a hostile value of the log runs in no shell',
  async () => {
    const hostile = join(folder, 'hostile.db')
    const users = [
      '$(id)',
      'a;id',
      '`id`',
      'two words',
      '*',
      "it's",
      'new\n--line',
      'esc\u001b[31m',
      'tab\tid'
    ]
    {
      await using log = await createAuditLog({ file: hostile })
      for (const user of users) {
        const request = { operation: 'chat', provider: 'test', model: 'm' }
        log.withContext({ user }, () => log.open(request).complete({ output: 'yes' }))
      }
    }
    const typed = (await texts('list', '-f', hostile, 'user:')).toSorted()
    // What has no character of its own on a line cannot be typed.
    expect(typed).toHaveLength(6)
    expect(typed.join()).not.toMatch(/line|esc|tab/)
    const { out } = await cli('completion', 'bash')
    const line = `slm-audit list -f ${hostile} user:`
    const script = `compopt() { :; }; ${out}
    COMP_LINE='${line}'; COMP_POINT=${line.length}; _slm_audit
    for each in "\${COMPREPLY[@]}"; do eval "printf '%s\\n' user:$each"; done
    COMP_LINE='slm-audit list -f ${hostile} "user:'; COMP_POINT=\${#COMP_LINE}; _slm_audit
    for each in "\${COMPREPLY[@]}"; do printf 'in quotes %s\\n' "$each"; done`
    const env = { ...process.env, PATH: [folder, process.env.PATH].join(delimiter) }
    const { stdout } = await promisify(execFile)('bash', ['-c', script], { env })
    const lines = stdout.trimEnd().split('\n')
    const inQuotes = lines.filter((line) => line.startsWith('in quotes '))
    expect(lines.filter((line) => !inQuotes.includes(line)).toSorted()).toEqual(typed)
    // Within double quotes a shell runs what stands in backquotes, or behind a dollar.
    expect(inQuotes.join()).not.toMatch(/[$`"']/)
  }
)

const hasZsh = spawnSync('zsh', ['--version']).status === 0
test.runIf(hasZsh)('zsh completes by the script, also where no completion was set up', async () => {
  const { out } = await cli('completion', 'zsh')
  const script = `fpath=(); compinit() { compdef() { echo "defined $1"; }; }; ${out}
    compadd() { print -l -- "\${texts[@]}"; }
    words=(slm-audit list -f ${file} '"stage:ca'); CURRENT=5; _slm_audit`
  const env = { ...process.env, PATH: [folder, process.env.PATH].join(delimiter) }
  const { stdout } = await promisify(execFile)('zsh', ['-f', '-c', script], { env })
  expect(stdout).toBe('defined _slm_audit\nstage:cancelled\n')
})

const hasFish = spawnSync('fish', ['--version']).status === 0
test.runIf(hasFish)('fish completes by the script', async () => {
  const { out } = await cli('completion', 'fish')
  const script = `${out}\ncomplete -C 'slm-audit list -f ${file} stage:c'`
  const path = [folder, process.env.PATH].join(delimiter)
  const env = { ...process.env, PATH: path }
  const { stdout } = await promisify(execFile)('fish', ['-c', script], { env })
  expect(stdout).toMatch(/^stage:cancelled\t.*\nstage:complete\t.*\n$/)
  const quoted = `${out}\ncomplete -C 'slm-audit list -f ${file} "stage:ca'`
  expect((await promisify(execFile)('fish', ['-c', quoted], { env })).stdout).toMatch(
    /^stage:cancelled\t/
  )
})

test('each shell has a script, and another word is told', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    expect((await cli('completion', shell)).out).toContain('slm-audit complete --')
  }
  expect(await cli('completion', 'csh')).toMatchObject({ code: 2 })
})
