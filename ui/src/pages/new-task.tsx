import type { JSX } from 'solid-js'
import { PageHeader } from '../components/page-header.tsx'
import { NewTaskForm } from '../features/tasks/new-task.tsx'

export function NewTaskPage(): JSX.Element {
  return (
    <>
      <PageHeader title="New task" />
      <NewTaskForm />
    </>
  )
}
