import { testUntested } from '@slm-audit/testing/conformance'

testUntested('ai', () => import('../src/index.ts'), {
  auditMiddleware: ({ auditMiddleware }, log) => auditMiddleware(log),
  auditTracer: ({ auditTracer }, log) => auditTracer(log),
  auditEmbeddingModel: ({ auditEmbeddingModel }, log) =>
    auditEmbeddingModel({ doEmbed: async () => ({}) }, log),
  auditTelemetry: ({ auditTelemetry }, log) =>
    auditTelemetry(log).onStart({ callId: '1', operationId: 'ai.embed' })
})
