import type { AuditLog } from '@slm-audit/core'
import { auditHandler } from '../src/index.ts'
import * as core0 from './major-0/index.ts'
import * as core1 from './major-1.ts'

/** What the tests use of LangChain; the majors differ in types alone. */
export type LangChain = typeof core1

/** An application: LangChain, a model, and the callbacks that it gives to every run. */
export interface App {
  readonly langchain: LangChain
  readonly model: InstanceType<LangChain['ChatOpenAI']>
  readonly callbacks: object[]
}

export interface Major {
  readonly name: string
  readonly langchain: LangChain
  connect(url: string, options?: { retries?: number; fetch?: typeof globalThis.fetch }): App
}

const modules: { readonly [name: string]: LangChain } = {
  'langchain 1': core1,
  'langchain 0.3': core0 as unknown as LangChain
}

export const majors: readonly Major[] = Object.entries(modules).map(([name, langchain]) => ({
  name,
  langchain,
  connect(url, { retries = 0, fetch } = {}) {
    const model = new langchain.ChatOpenAI({
      model: 'qwen3',
      apiKey: 'key',
      maxRetries: retries,
      temperature: 0.2,
      configuration: { baseURL: `${url}/v1`, ...(fetch && { fetch }) }
    })
    return { langchain, model, callbacks: [] }
  }
}))

/** The same application with every run audited. */
export function withHandler(app: App, log: AuditLog): App {
  return { ...app, callbacks: [...app.callbacks, auditHandler(log)] }
}
