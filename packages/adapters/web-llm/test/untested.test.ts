import { testUntested } from '@slm-audit/testing/conformance'

testUntested('@mlc-ai/web-llm', () => import('../src/index.ts'), {
  wrapWebLLM: ({ wrapWebLLM }, log) => {
    const engine = { chatCompletion() {}, completion() {}, embedding() {} }
    return wrapWebLLM(engine as unknown as Parameters<typeof wrapWebLLM>[0], log)
  }
})
