CREATE TABLE `pull_request_comments` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`repository_id` text NOT NULL,
	`number` integer NOT NULL,
	`commit_sha` text NOT NULL,
	`host` text NOT NULL,
	`telling` text NOT NULL,
	`seq` integer NOT NULL,
	`changed_at` integer NOT NULL,
	`attempts` integer NOT NULL,
	`failing_since` integer,
	`not_before` integer NOT NULL,
	`held_until` integer NOT NULL,
	`is_unsure` integer NOT NULL,
	`was_unsure` integer DEFAULT false NOT NULL,
	`last_error` text,
	`told_at` integer,
	`handle` text,
	`is_gone` integer NOT NULL,
	FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `pull_request_comments_one` ON `pull_request_comments` (`repository_id`,`number`);--> statement-breakpoint
CREATE INDEX `pull_request_comments_held` ON `pull_request_comments` (`repository_id`,`held_until`);--> statement-breakpoint
CREATE INDEX `pull_request_comments_waiting` ON `pull_request_comments` (`not_before`,`changed_at`) WHERE telling = 'waiting';--> statement-breakpoint
ALTER TABLE `repositories` ADD `pull_request_comments` integer;--> statement-breakpoint
ALTER TABLE `repositories` ADD `checks_refused_until` integer;--> statement-breakpoint
ALTER TABLE `commit_statuses` ADD `was_unsure` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `commit_statuses` ADD `told_way` text;--> statement-breakpoint
ALTER TABLE `commit_statuses` ADD `handle` text;