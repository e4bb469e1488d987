import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { fakeServer } from '../../packages/testing/src/fakes/fake-server.ts'

const run = promisify(execFile)
const root = new URL('../..', import.meta.url).pathname
const cli = join(root, 'packages/slm-audit/src/cli.ts')
const node = (cwd: string, ...args: string[]) => run(process.execPath, args, { cwd })
const freshFolder = () => mkdtempSync(join(tmpdir(), 'slm-audit-example-'))

/** What each example prints. */
const expected: { readonly [name: string]: string } = {
  'openai-stream': 'Refunds take five days.\n1 call found: How long does a [refund] take?\n',
  'any-function': 'hello yourself\none \ntwo \nerror Error\ncancelled consumer\ncomplete \n',
  agent:
    'Rain at 11 °C.\n' +
    'step weather-agent (scripted)\n' +
    '  call chat (scripted) asks for weather\n' +
    '    tool weather (application)\n' +
    '      tool forecast (mcp)\n' +
    '  call chat (scripted)\n',
  sessions: 'session A: 2\nuser bob: 1\n',
  otlp:
    'chat tiny in the trace of the request: true\n' +
    'the prompt is in slm-audit://…/input?index=1\n' +
    'mine read from the call itself\ntheirs read from opentelemetry\n',
  policy:
    'denied\n' +
    'rest complete charge **** **** **** 1111, receipt to ⟨email⟩\n' +
    'guests denied hello\n',
  replay:
    'the same answer was to be expected\nanother answer \n' +
    'seed: 4711 → 12\ntemperature: 0.7 → 1.5\n',
  review: 'the desk hears of a review\npaid 120 EUR\n',
  strict: 'not_recorded\nmodel asked 0 times\n',
  files: '3 records, 0 not signed, no flaw\nWhere is my [refund]?\n',
  prove:
    '5 records, 4 of 4 contents, as kept elsewhere\nthe call is in the log\n' +
    'Error: the proof does not lead from the record to the checkpoint\n',
  'custom-journal': '0 received input hi\n1 complete output hello\n',
  'custom-exporter':
    'printer failed and is tried again: the printer is off\n1 received\n2 complete\n',
  transformers:
    'The content of one person can be erased. Its hash stays behind, and every old proof still verifies.\n' +
    'text_classification 7 tokens POSITIVE\nchat 9 tokens eos\n'
}

describe('examples', () => {
  test('all are tested', () => {
    const folders = readdirSync(join(root, 'examples')).filter((name) => name !== 'test')
    expect(folders.sort()).toEqual(
      ['adapters', ...Object.keys(expected), 'browser', 'quick-start'].sort()
    )
  })

  test.each(Object.entries(expected))('%s prints what it promises', async (name, output) => {
    const { stdout, stderr } = await node(freshFolder(), join(root, 'examples', name, 'main.ts'))
    expect(stderr).toBe('')
    expect(stdout).toBe(output)
  })

  test('the quick start runs a dialogue with a real model, and finds a changed byte, twice', async () => {
    const folder = freshFolder()
    const main = join(root, 'examples/quick-start/main.ts')
    for (let time = 1; time <= 2; time++) {
      const { stdout, stderr } = await node(folder, main)
      expect(stderr).toBe('')
      expect(stdout).toMatch(/\(looks up order 4711\) Your headphones .* refund is now approved/)
      expect(stdout).toMatch(/\n *\d+ +\S+ {2}◐ u-7 {2}shop-assistant {2}Tell me every/)
      expect(stdout).toMatch(/\n *\d+ +\S+ {2}✓ u-7 {2}⌂ lookupOrder/)
      expect(stdout).toContain('  ⌂ asks     lookupOrder {"order":"4711"}\n')
      expect(stdout).toContain(`✓ ${10 * time + 1} records verified`)
      expect(stdout).toContain('"self-consistent only" is expected here')
      expect(stdout).toMatch(/"refund is not approved"\n\n✗ record \d+: content mismatch\n/)
      const [, tables = ''] = stdout.split('What was recorded')
      // What is to be typed next is one line, whole, so that it can be copied.
      const lines = tables.split('\n').filter((line) => !line.startsWith('more: '))
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
    }
    const { stdout } = await node(folder, cli, 'search', 'refund')
    expect(stdout).toMatch(/\[refund\]/)
  })

  test.each([
    [['--model', 'nowhere.gguf'], 2, /there is no model at nowhere.gguf/],
    [['--model', cli], 1, /start: .*GGUF.*\nIs .*cli.ts a GGUF model/],
    [['--ollama', 'tiny'], 1, /start: Connection error.\nIs Ollama running at .*ollama pull tiny/],
    [['--modle', 'x'], 2, /start takes --model/]
  ])('the quick start explains %j', async (args, code, message) => {
    const main = join(root, 'examples/quick-start/main.ts')
    const folder = freshFolder()
    const env = { ...process.env, OLLAMA_HOST: '127.0.0.1:1' }
    await expect(
      run(process.execPath, [main, ...args], { cwd: folder, env })
    ).rejects.toMatchObject({
      code,
      stderr: expect.stringMatching(message)
    })
  })

  test('the quick start ends by opening the viewer, where it is asked to', async () => {
    const main = join(root, 'examples/quick-start/main.ts')
    const child = spawn(process.execPath, [main, '--', '--ui'], { cwd: freshFolder() })
    let said = ''
    child.stdout.on('data', (data: Buffer) => {
      said += String(data)
    })
    await expect.poll(() => said).toMatch(/slm-audit ui[\s\S]*http:\/\/127\.0\.0\.1:\d+\/\?token=/)
    const [url = ''] = /http:\S+/.exec(said) ?? []
    expect((await fetch(url, { redirect: 'manual' })).status).toBe(303)
    child.kill('SIGINT')
    const [code] = await once(child, 'exit')
    expect(code).toBe(0)
  })

  test('the quick start asks a model that Ollama serves', async () => {
    const words = ['It keeps ', 'every call.'].map((content) => [{ index: 0, delta: { content } }])
    const chunks = words.map((choices) => `data: ${JSON.stringify({ choices })}\n\n`)
    const headers = { 'content-type': 'text/event-stream' }
    await using server = await fakeServer({ headers, chunks: [...chunks, 'data: [DONE]\n\n'] })
    const main = join(root, 'examples/quick-start/main.ts')
    const env = { ...process.env, OLLAMA_HOST: server.url.replace('http://', '') }
    const args = [main, '--', '--ollama', 'tiny']
    const { stdout, stderr } = await run(process.execPath, args, { cwd: freshFolder(), env })
    expect(stderr).toBe('')
    expect(stdout).toMatch(
      /model {2}It keeps every call\.[\s\S]*assistant {2}It keeps every call\./
    )
    expect(stdout).toContain('✓ 3 records verified')
    expect(server.requests.map(({ path }) => path)).toEqual(['/v1/chat/completions'])
  })
})

describe('README', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')

  test('shows the example that the tests run', () => {
    const [, block = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? []
    const example = readFileSync(join(root, 'examples/openai-stream/main.ts'), 'utf8')
    for (const line of block
      .split('\n')
      .filter((each) => /\S/.test(each) && !each.startsWith('import'))) {
      expect(example).toContain(line.trim())
    }
  })

  test('names only commands of package.json', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: { [name: string]: string }
    }
    const named = [...readme.matchAll(/pnpm@12\.21\.0 ([\w:-]+)/g)].map(([, name = '']) => name)
    expect(named).toContain('start')
    expect(named).toContain('test')
    for (const name of named) expect(Object.keys(scripts)).toContain(name)
  })
})
