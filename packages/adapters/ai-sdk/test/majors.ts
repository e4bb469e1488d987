import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import type { AuditLog } from '@slm-audit/core'
import * as ai7 from 'ai'
import * as ai5 from 'ai-5'
import * as ai6 from 'ai-6'
import { createOpenAICompatible as create5 } from 'openai-compatible-1'
import { createOpenAICompatible as create6 } from 'openai-compatible-2'
import { auditEmbeddingModel, auditMiddleware, auditTelemetry, auditTracer } from '../src/index.ts'

/** What an application has of one major of the SDK: its functions and a model. */
export interface App {
  readonly ai: typeof ai7
  readonly model: Parameters<typeof ai7.wrapLanguageModel>[0]['model']
  readonly embedding: Parameters<typeof ai7.wrapEmbeddingModel>[0]['model']
  readonly maxRetries: number
  /** Given to every call, such as settings of telemetry. */
  readonly extra?: object
}

/** A major of the SDK, with the provider package of its time. */
export interface Major {
  readonly name: string
  connect(url: string, options?: { retries?: number; fetch?: typeof globalThis.fetch }): App
}

/** The majors differ in types alone, as far as the tests use them. */
const modules = { 'ai 7': ai7, 'ai 6': ai6, 'ai 5': ai5 } as unknown as {
  [name: string]: typeof ai7
}
const providers = {
  'ai 7': createOpenAICompatible,
  'ai 6': create6,
  'ai 5': create5
} as unknown as { [name: string]: typeof createOpenAICompatible }

export const majors: readonly Major[] = Object.entries(modules).map(([name, ai]) => ({
  name,
  connect(url, { retries = 0, fetch } = {}) {
    const provider = providers[name]?.({
      name: 'local',
      baseURL: `${url}/v1`,
      apiKey: 'key',
      includeUsage: true,
      ...(fetch && { fetch })
    })
    if (provider === undefined) throw new Error(`no provider for ${name}`)
    const embedding = (provider.embeddingModel ?? provider.textEmbeddingModel)('embedder')
    return { ai, model: provider('qwen3'), embedding, maxRetries: retries }
  }
}))

/** The same application with its models audited. */
export function wrapModels(app: App, log: AuditLog): App {
  const model = app.ai.wrapLanguageModel({ model: app.model, middleware: auditMiddleware(log) })
  return { ...app, model, embedding: auditEmbeddingModel(app.embedding, log) }
}

/** The application with its steps recorded, by the way that its major offers. */
export function withSteps(major: Major, app: App, log: AuditLog): App {
  if (major.name === 'ai 7') {
    return { ...app, extra: { telemetry: { integrations: auditTelemetry(log) } } }
  }
  const tracer = auditTracer(log)
  return { ...wrapModels(app, log), extra: { experimental_telemetry: { isEnabled: true, tracer } } }
}
