CREATE INDEX `questions_pending` ON `questions` (`asked_at`,`task_id`,`position`) WHERE status = 'pending';--> statement-breakpoint
CREATE INDEX `subtasks_failed` ON `subtasks` (`task_id`) WHERE status = 'failed';--> statement-breakpoint
CREATE INDEX `tasks_planned` ON `tasks` (`updated_at`,`id`) WHERE status = 'planned';--> statement-breakpoint
CREATE INDEX `tasks_failed` ON `tasks` (`updated_at`,`id`) WHERE status = 'failed';