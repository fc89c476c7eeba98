package letter

import "fmt"

// What is sent to an address that has not been confirmed holds no text that somebody typed: else anybody could send a message
// of their own to anybody in our name.

// ConfirmAddress asks a person who has signed up to confirm the address.
func ConfirmAddress(to, link string) Mail {
	return mailWith(to, "", "Confirm your email address", whyAddress, button{"Confirm the address", link}, []string{
		"Hello,",
		"Somebody has created an employer account at ITManagerJobs with this email address. If that was you, open this link within 2 days and confirm the address:",
		link,
		"Until then everything works with test data. Publishing jobs, live API keys and invitations wait for it.",
		"If it was not you, ignore this email: without you nobody can confirm the address.",
	})
}

// SignUpTried tells a person who has an account that somebody has given the address again.
func SignUpTried(to, signIn string) Mail {
	return mailWith(to, "", "You already have an account", whyAccount, button{"Sign in", signIn}, []string{
		"Hello,",
		"Somebody has just tried to use this email address for an account at ITManagerJobs. You have one already. If it was you, sign in. If you have forgotten your password, you can set a new one there:",
		signIn,
		"If it was not you, there is nothing to do: nobody has got into your account.",
	})
}

// NewAddress asks a person to confirm an address that the account is to have from now on.
func NewAddress(to, link string) Mail {
	return mailWith(to, "", "Confirm your new email address", whyAddress, button{"Confirm the address", link}, []string{
		"Hello,",
		"Somebody wants to sign in to an account at ITManagerJobs with this email address from now on. If that was you, open this link within 24 hours:",
		link,
		"If it was not you, ignore this email. Nothing changes.",
	})
}

// AddressChanged tells the former address of a person about the new one.
func AddressChanged(to, name, address string) Mail {
	return mailOf(to, "", "Your email address was changed", whyAccount, []string{
		greeting(name),
		fmt.Sprintf("The email address of your account at ITManagerJobs is now %s. Sign in with that one from now on.", address),
		"If you did not change it, tell an admin of your company's account at once, or answer this email.",
	})
}

// Reset has the link with which a person sets a new password.
func Reset(to, link string) Mail {
	return mailWith(to, "", "Set a new password", whyAccount, button{"Set a new password", link}, []string{
		"Hello,",
		"Somebody has asked for a new password for your account at ITManagerJobs. If that was you, open this link within 1 hour. It works once:",
		link,
		"If it was not you, ignore this email. Your password stays as it is.",
	})
}

// NoAccount tells a person who asked for a new password that there is no account.
func NoAccount(to, signUp string) Mail {
	return mailWith(to, "", "There is no account with this address", whyAddress, button{"Create an account", signUp}, []string{
		"Hello,",
		"Somebody has asked for a new password for an account at ITManagerJobs with this email address. There is none. If it was you, try another address of yours, or create an account:",
		signUp,
		"If it was not you, ignore this email.",
	})
}

// SetPassword has the link with which a person whose account an operator made sets a password.
func SetPassword(to, name, link string) Mail {
	return mailWith(to, "", "Set the password of your account", whyAccount, button{"Set the password", link}, []string{
		greeting(name),
		"There is an account for you at ITManagerJobs. Open this link within 7 days and choose a password. It works once:",
		link,
	})
}

// PasswordChanged tells a person that the password is another one. forgot is where a new one is set.
func PasswordChanged(to, name, forgot string) Mail {
	return mailWith(to, "", "Your password was changed", whyAccount, button{"Set a new password", forgot}, []string{
		greeting(name),
		"The password of your account at ITManagerJobs was changed just now, and every other device was signed out.",
		"If that was you, there is nothing to do. If it was not, set a new password at once:",
		forgot,
	})
}

// TeamInvitation has the link with which a person joins the team of an employer. invitedBy is empty for an operator.
func TeamInvitation(to, employer, invitedBy, link string) Mail {
	return mailWith(to, "", "Join "+employer+" at ITManagerJobs", whyInvited(employer), button{"Join the team", link}, []string{
		"Hello,",
		invites(employer, invitedBy) + " Open this link within 7 days and choose a password. It works once:",
		link,
		"If you do not know why, ignore this email.",
	})
}

// InvitedElsewhere tells a person who has an account why the invitation of another employer has no link.
func InvitedElsewhere(to, employer, invitedBy string) Mail {
	return mailOf(to, "", "Join "+employer+" at ITManagerJobs", whyInvited(employer), []string{
		"Hello,",
		invites(employer, invitedBy),
		"This email address has an account of another company already, and an address belongs to one company. Ask to be invited with another address of yours.",
		"If you do not know why, ignore this email.",
	})
}

func whyInvited(employer string) string {
	return "You get this email because " + employer + " entered this address as that of a colleague."
}

func invites(employer, invitedBy string) string {
	if invitedBy == "" {
		return fmt.Sprintf("You are invited to the team of %s at ITManagerJobs.", employer)
	}
	return fmt.Sprintf("%s invites you to the team of %s at ITManagerJobs.", invitedBy, employer)
}

// Removed tells a person who was taken out of a team.
func Removed(to, name, employer string) Mail {
	return mailOf(to, "", "You are no longer in the team of "+employer, "You get this email because you had an account at ITManagerJobs.", []string{
		greeting(name),
		fmt.Sprintf("An admin of %s has taken you out of the team at ITManagerJobs. You can't sign in any more.", employer),
		"If you think that this is a mistake, ask an admin of your company to invite you again.",
	})
}
