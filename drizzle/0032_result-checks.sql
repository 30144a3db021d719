ALTER TABLE `tasks` ADD `test_command` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `result_check` text;