import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'
import {
  isMainThread,
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
  workerData
} from 'node:worker_threads'
import { alignTokens, type FoundRange, type LabelledToken } from './align-tokens.ts'

/** What `find` is given by a detector of a policy. */
export interface ClassifierOptions {
  /**
   * The folder of a token classifier in the form of transformers.js: `config.json`, `tokenizer.json`, `onnx/model.onnx`.
   * Absolute; in a policy's file it may begin with `./` and is then from that file on. Nothing is ever downloaded.
   */
  readonly folder: string
  /** Entities that are values, such as `PER`, without `B-` and `I-`; all of the model's unless given. */
  readonly entities?: readonly string[]
  /** How sure the model must be of a token, from 0 to 1; 0.5 unless given. */
  readonly atLeast?: number
  /** The form of the weights, such as `q8`; `fp32` unless given. */
  readonly dtype?: string
}

/** How long the model may take for one text, and to be loaded, in milliseconds. */
const MOST_MS = 60_000
/** Models read some hundred tokens: longer texts are read by windows, which overlap so that no value is cut. */
const WINDOW = 400
const OVERLAP = 80

interface Classifier {
  readonly port: MessagePort
  /** 1 as soon as an answer is there. */
  readonly signal: Int32Array
  /** How many questions it was asked. */
  asked: number
  stop(): void
}

interface Asked {
  readonly question: number
  readonly texts: readonly string[]
}

type Answer = { readonly found: readonly FoundRange[][] } | { readonly failed: string }
type Answered = Answer & { readonly question: number }

const classifiers = new Map<string, Classifier>()

/**
 * Finds what a token classifier takes for a value: names of people, say. A detector of a policy, for the thread that
 * makes records, which it has wait: the model runs in a thread of its own. Throws Error where it cannot say, so that the
 * content is dropped.
 */
export function find(text: string, options: ClassifierOptions): FoundRange[] {
  if (!LETTER.test(text)) return []
  const windows = windowsOf(text)
  const answer = ask(
    options,
    windows.map(([start, end]) => text.slice(start, end))
  )
  const all = windows.flatMap(([from], index) =>
    (answer[index] ?? []).map(([start, end]) => [from + start, from + end] as const)
  )
  return withoutTwice(all)
}

const LETTER = /\p{L}/u

/** The options. Throws TypeError that says what is wrong with them. */
export function check(given: unknown): ClassifierOptions {
  const options = (given ?? {}) as Partial<ClassifierOptions>
  const { folder, entities, atLeast, dtype } = options
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name))
  if (unknown !== undefined)
    throw new TypeError(`has no option ${unknown}; known are ${OPTIONS.join(', ')}`)
  if (typeof folder !== 'string' || !isAbsolute(folder)) {
    throw new TypeError('needs options.folder, the path of a token classifier of transformers.js')
  }
  for (const file of ['config.json', 'tokenizer.json']) {
    if (existsSync(join(folder, file))) continue
    throw new TypeError(`finds no ${file} in ${folder}; name the folder of a model in ONNX`)
  }
  if (dtype !== undefined && typeof dtype !== 'string') throw new TypeError('needs a text as dtype')
  const isShare =
    atLeast === undefined || (typeof atLeast === 'number' && atLeast >= 0 && atLeast <= 1)
  if (!isShare) throw new TypeError('needs a number from 0 to 1 as options.atLeast')
  if (entities !== undefined && !Array.isArray(entities)) {
    throw new TypeError('needs a list as options.entities, such as [PER]')
  }
  const known = entitiesOf(folder)
  const missing = entities?.find((entity) => !known.includes(entity))
  if (missing !== undefined) {
    throw new TypeError(`knows no entity ${missing}; the model has ${known.join(', ')}`)
  }
  return options as ClassifierOptions
}

const OPTIONS = ['folder', 'entities', 'atLeast', 'dtype']

function entitiesOf(folder: string): string[] {
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as {
    readonly id2label?: { readonly [id: string]: string }
  }
  const labels = Object.values(config.id2label ?? {})
  if (labels.length === 0) throw new TypeError(`finds no labels in ${folder}/config.json`)
  return [...new Set(labels.map(entityOf))].filter((entity) => entity !== 'O')
}

function entityOf(label: string): string {
  return label.replace(/^[BIESLU]-/, '')
}

function ask(options: ClassifierOptions, texts: readonly string[]): readonly FoundRange[][] {
  const key = JSON.stringify(options)
  const classifier = classifiers.get(key) ?? start(options, key)
  classifiers.set(key, classifier)
  const question = ++classifier.asked
  classifier.port.postMessage({ question, texts } satisfies Asked)
  const answer = answerTo(question, classifier)
  if ('found' in answer) return answer.found
  // A model that cannot be loaded is tried again with the next text: its files may be there then.
  classifiers.delete(key)
  classifier.stop()
  throw new Error(answer.failed)
}

/** The answer to a question; those before it, which somebody gave up, are passed over. */
function answerTo(question: number, { port, signal }: Classifier): Answer {
  for (const until = performance.now() + MOST_MS; ; ) {
    Atomics.store(signal, 0, 0)
    const answer = receiveMessageOnPort(port)?.message as Answered | undefined
    if (answer?.question === question) return answer
    if (answer) continue
    const left = until - performance.now()
    if (left <= 0) throw new Error('the classifier took too long')
    Atomics.wait(signal, 0, 0, left)
  }
}

function start(options: ClassifierOptions, key: string): Classifier {
  const { port1, port2 } = new MessageChannel()
  const signal = new Int32Array(new SharedArrayBuffer(4))
  const given: Given = { classifier: options, port: port2, signal }
  const worker = new Worker(new URL(import.meta.url), { workerData: given, transferList: [port2] })
  worker.unref()
  worker.on('error', () => undefined)
  port1.unref()
  const stop = () => void worker.terminate()
  const classifier = { port: port1, signal, asked: 0, stop }
  // One that is gone, as for want of memory, is started again with the next text.
  worker.once('exit', () => {
    if (classifiers.get(key) === classifier) classifiers.delete(key)
  })
  return classifier
}

/** Where windows of a text begin and end; they end between words where they can. */
function windowsOf(text: string): FoundRange[] {
  const windows: FoundRange[] = []
  for (let start = 0; start < text.length; ) {
    const full = start + WINDOW
    const space = text.lastIndexOf(' ', full)
    const end = full >= text.length ? text.length : space > start + OVERLAP ? space : full
    windows.push([start, end])
    if (end === text.length) break
    const back = text.indexOf(' ', end - OVERLAP)
    start = back > start && back < end ? back + 1 : end - OVERLAP
  }
  return windows
}

/** What two windows found is found once. */
function withoutTwice(ranges: readonly FoundRange[]): FoundRange[] {
  const all: FoundRange[] = []
  for (const [start, end] of [...ranges].sort(([one], [other]) => one - other)) {
    const last = all.at(-1)
    if (last && start < last[1]) all[all.length - 1] = [last[0], Math.max(last[1], end)]
    else all.push([start, end])
  }
  return all
}

interface Given {
  readonly classifier: ClassifierOptions
  readonly port: MessagePort
  readonly signal: Int32Array
}

/** Answers the thread that makes records, as long as that is there. */
function serve({ classifier, port, signal }: Given): void {
  const loading = load(classifier)
  const answerTo = async (texts: readonly string[]): Promise<Answer> => {
    try {
      const classify = await loading
      return { found: await Promise.all(texts.map(classify)) }
    } catch (error) {
      return { failed: String((error as Error).message) }
    }
  }
  // One question after the other: the model has the machine to itself.
  let last: Promise<unknown> = loading.catch(() => undefined)
  port.on('message', ({ question, texts }: Asked) => {
    last = last.then(async () => {
      port.postMessage({ question, ...(await answerTo(texts)) } satisfies Answered)
      Atomics.store(signal, 0, 1)
      Atomics.notify(signal, 0)
    })
  })
}

async function load(options: ClassifierOptions): Promise<(text: string) => Promise<FoundRange[]>> {
  const { folder, entities, atLeast = 0.5, dtype = 'fp32' } = options
  const { env, pipeline } = await import('@huggingface/transformers')
  env.allowRemoteModels = false
  env.localModelPath = dirname(folder)
  const pipe = (await pipeline('token-classification', basename(folder), {
    dtype: dtype as 'fp32'
  })) as unknown as (text: string, given: object) => Promise<readonly LabelledToken[]>
  const isMeant = ({ entity, score }: LabelledToken) => {
    const kind = entityOf(entity)
    return kind !== 'O' && score >= atLeast && (entities?.includes(kind) ?? true)
  }
  return async (text) => alignTokens(text, await pipe(text, { ignore_labels: [] }), isMeant)
}

const given = workerData as Given | null | undefined
if (!isMainThread && given?.classifier !== undefined && given.port !== undefined) serve(given)
