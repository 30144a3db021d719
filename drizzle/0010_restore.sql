ALTER TABLE `agents` ADD `restored_from` text;--> statement-breakpoint
ALTER TABLE `agents` ADD `is_replaced` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `tasks` ADD `restore` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `forked_from` text;