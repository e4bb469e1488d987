export { ChatPromptTemplate } from '@langchain/core/prompts'
export { BaseRetriever } from '@langchain/core/retrievers'
export { RunnableLambda } from '@langchain/core/runnables'
export { tool } from '@langchain/core/tools'
export {
  FakeListChatModel,
  FakeStreamingChatModel,
  FakeStreamingLLM
} from '@langchain/core/utils/testing'
export {
  Annotation,
  Command,
  interrupt,
  MemorySaver,
  MessagesAnnotation,
  Send,
  StateGraph
} from '@langchain/langgraph'
export { createReactAgent, ToolNode } from '@langchain/langgraph/prebuilt'
export { ChatOpenAI } from '@langchain/openai'
