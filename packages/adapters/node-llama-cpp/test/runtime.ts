import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type AuditError,
  type AuditLog,
  createAuditLog,
  type MemoryJournal,
  type Mode,
  memoryJournal,
  parseRecord
} from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'
import { type AuditedCall, mergeCall } from '@slm-audit/core/reader'
import { writeTinyLora, writeTinyModel, writeTinyRanker } from '@slm-audit/tiny-models/gguf'
import {
  type ChatWrapperGenerateContextStateOptions,
  type ChatWrapperGeneratedContextState,
  EmptyChatWrapper,
  getLlama,
  type Llama,
  type LlamaContext,
  type LlamaContextOptions,
  type LlamaContextSequence,
  LlamaLogLevel,
  type LlamaModel,
  LlamaText,
  QwenChatWrapper,
  SpecialTokensText
} from 'node-llama-cpp'
import { afterAll, beforeAll, expect } from 'vitest'

/** The tiny model, loaded once for a test file. */
export interface Runtime {
  readonly llama: Llama
  readonly model: LlamaModel
  /** Where an adapter for the model and a model that ranks are. */
  readonly lora: string
  readonly ranker: string
  readonly path: string
  readonly sha256: string
  /** A sequence of a context of its own; both are gone after the test file. */
  newSequence(): Promise<LlamaContextSequence>
}

/** What contexts of the tests are made with. */
export const small = { contextSize: 1024, threads: 1 } as const satisfies LlamaContextOptions

/** The one thread that all tests use, without a GPU and without a download. */
export function newLlama(): Promise<Llama> {
  return getLlama({
    gpu: false,
    build: 'never',
    skipDownload: true,
    logLevel: LlamaLogLevel.error,
    maxThreads: 1
  })
}

/** Takes a word that the tiny model says for the beginning of a function's call. */
export class CallingWrapper extends EmptyChatWrapper {
  override readonly settings = {
    ...new EmptyChatWrapper().settings,
    functions: {
      call: {
        optionalPrefixSpace: false,
        prefix: ' keeps',
        paramsPrefix: '(',
        suffix: ')',
        emptyCallParamsPlaceholder: ''
      },
      result: { prefix: '', suffix: '' }
    }
  }
}

/** Opens a thought at the beginning of each answer; the budget of thoughts closes it. */
export class ThinkingWrapper extends QwenChatWrapper {
  override generateContextState(
    options: ChatWrapperGenerateContextStateOptions
  ): ChatWrapperGeneratedContextState {
    const { contextText, stopGenerationTriggers } = super.generateContextState(options)
    const inject = LlamaText(new SpecialTokensText('<think>\n'))
    const noPrefixTrigger = { type: 'segment', segmentType: 'thought', inject } as const
    return { contextText, stopGenerationTriggers, noPrefixTrigger }
  }
}

/** Loads the tiny model before the tests of a file and disposes of everything after them. */
export function useRuntime(): () => Runtime {
  let runtime: Runtime | undefined
  let dispose = async () => {}
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'node-llama-cpp-'))
    const { path, sha256 } = await writeTinyModel(join(folder, 'tiny.gguf'))
    const lora = join(folder, 'lora.gguf')
    const ranker = join(folder, 'ranker.gguf')
    await Promise.all([writeTinyLora(lora), writeTinyRanker(ranker)])
    const llama = await newLlama()
    const model = await llama.loadModel({ modelPath: path })
    const contexts: LlamaContext[] = []
    const newSequence = async () => {
      const context = await model.createContext(small)
      contexts.push(context)
      return context.getSequence()
    }
    runtime = { llama, model, path, sha256, lora, ranker, newSequence }
    dispose = async () => {
      await llama.dispose()
      await rm(folder, { recursive: true })
    }
  })
  afterAll(() => dispose())
  return () => {
    if (runtime === undefined) throw new Error('the runtime is there during tests only')
    return runtime
  }
}

/** A log in memory. */
export function newLog(
  mode: Mode = 'async',
  journal: MemoryJournal = memoryJournal(),
  deadlineMs = 60_000
) {
  const problems: AuditError[] = []
  const onProblem = (problem: AuditError) => problems.push(problem)
  const log = createAuditLog({
    journal,
    mode,
    deadlineMs,
    onProblem,
    platform: nodePlatform()
  })
  return { log, journal, problems }
}

/** The calls recorded so far, each merged from its records. */
export async function callsOf(log: AuditLog, journal: MemoryJournal): Promise<AuditedCall[]> {
  await log.flush()
  const byId = Map.groupBy(journal.records, (sealed) => parseRecord(sealed).auditId)
  return [...byId.values()].flatMap((records) => mergeCall(records) ?? [])
}

/** The one call recorded so far, which has a `received` and a terminal record. */
export async function onlyCall(log: AuditLog, journal: MemoryJournal): Promise<AuditedCall> {
  const [call, ...others] = await callsOf(log, journal)
  expect(others).toEqual([])
  expect(call?.indices).toHaveLength(2)
  if (call === undefined) throw new Error('no call was recorded')
  return call
}

/** What came of a promise, so that a wrapped and an unwrapped call can be compared. */
export async function outcomeOf<T>(run: () => Promise<T>) {
  try {
    return { value: await run() }
  } catch (error) {
    return { error }
  }
}
