CREATE TABLE `approvals` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`repository_id` text NOT NULL,
	`pull_request_number` integer NOT NULL,
	`commit_sha` text NOT NULL,
	`pull_request_target` text NOT NULL,
	`verdict` text NOT NULL,
	`actor` text NOT NULL,
	`actor_name` text NOT NULL,
	`at` integer NOT NULL,
	`asked` text NOT NULL,
	`voided_at` integer,
	FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `approvals_of_pull_request` ON `approvals` (`repository_id`,`pull_request_number`,`id`);--> statement-breakpoint
ALTER TABLE `repositories` ADD `fork_builds` text DEFAULT 'ask' NOT NULL;--> statement-breakpoint
ALTER TABLE `builds` ADD `fork` text;--> statement-breakpoint
ALTER TABLE `builds` ADD `approval_id` text;--> statement-breakpoint
CREATE INDEX `builds_held` ON `builds` (`repository_id`,`pull_request_number`) WHERE status = 'waiting_approval';