package letter

import "fmt"

// What is sent to an address that has not been confirmed holds no text that somebody typed: else anybody could send a message
// of their own to anybody in our name.

// ConfirmAddress asks a person who has signed up to confirm the address.
func ConfirmAddress(to, link string) Mail {
	return mailWith(to, "", "Confirm your email address", button{"Confirm the address", link}, []string{
		"Hello,",
		"somebody has created an employer account at ITManagerJobs with this email address. If that was you, open this link within 2 days and confirm the address:",
		link,
		"Until then everything works in test mode, and live keys and invitations wait.",
		"If it was not you, ignore this email: without you nobody can confirm the address.",
	})
}

// SignUpTried tells a person who has an account that somebody has given the address again.
func SignUpTried(to, signIn string) Mail {
	return mailWith(to, "", "You have an account already", button{"Sign in", signIn}, []string{
		"Hello,",
		"somebody has just tried to use this email address for an account at ITManagerJobs. You have one already. If it was you, sign in, or set a new password there if you have forgotten it:",
		signIn,
		"If it was not you, there is nothing to do: nobody has got into your account.",
	})
}

// NewAddress asks a person to confirm an address that the account is to have from now on.
func NewAddress(to, link string) Mail {
	return mailWith(to, "", "Confirm your new email address", button{"Confirm the address", link}, []string{
		"Hello,",
		"this email address is to become that of an account at ITManagerJobs. If you asked for that, open this link within 24 hours:",
		link,
		"If you did not, ignore this email. Nothing changes.",
	})
}

// AddressChanged tells the former address of a person about the new one.
func AddressChanged(to, name, address string) Mail {
	return mailOf(to, "", "Your email address was changed", []string{
		greeting(name),
		fmt.Sprintf("the email address of your account at ITManagerJobs is now %s. Sign in with that one from now on.", address),
		"If you did not change it, tell an admin of your company's account at once, or answer this email.",
	})
}

// Reset has the link with which a person sets a new password.
func Reset(to, link string) Mail {
	return mailWith(to, "", "Set a new password", button{"Set a new password", link}, []string{
		"Hello,",
		"somebody has asked for a new password for your account at ITManagerJobs. If that was you, open this link within 1 hour. It works once:",
		link,
		"If it was not you, ignore this email. Your password stays as it is.",
	})
}

// NoAccount tells a person who asked for a new password that there is no account.
func NoAccount(to, signUp string) Mail {
	return mailWith(to, "", "There is no account with this address", button{"Create an account", signUp}, []string{
		"Hello,",
		"somebody has asked for a new password for an account at ITManagerJobs with this email address. There is none. If it was you, try another address of yours, or create an account:",
		signUp,
		"If it was not you, ignore this email.",
	})
}

// SetPassword has the link with which a person whose account an operator made sets a password.
func SetPassword(to, name, link string) Mail {
	return mailWith(to, "", "Set the password of your account", button{"Set the password", link}, []string{
		greeting(name),
		"there is an account for you at ITManagerJobs. Open this link within 7 days and choose a password. It works once:",
		link,
	})
}

// PasswordChanged tells a person that the password is another one.
func PasswordChanged(to, name string) Mail {
	return mailOf(to, "", "Your password was changed", []string{
		greeting(name),
		"the password of your account at ITManagerJobs was changed just now, and every device was signed out.",
		"If you did not change it, set a new one at once: choose “Forgot your password?” on the page where you sign in.",
	})
}

// TeamInvitation has the link with which a person joins the team of an employer. invitedBy is empty for an operator.
func TeamInvitation(to, employer, invitedBy, link string) Mail {
	return mailWith(to, "", "Join "+employer+" at ITManagerJobs", button{"Join the team", link}, []string{
		"Hello,",
		invites(employer, invitedBy) + " Open this link within 7 days and choose a password. It works once:",
		link,
		"If you do not know why, ignore this email.",
	})
}

// InvitedElsewhere tells a person who has an account why the invitation of another employer has no link.
func InvitedElsewhere(to, employer, invitedBy string) Mail {
	return mailOf(to, "", "Join "+employer+" at ITManagerJobs", []string{
		"Hello,",
		invites(employer, invitedBy),
		"This email address has an account of another company already, and an address belongs to one company. Ask to be invited with another address of yours.",
		"If you do not know why, ignore this email.",
	})
}

func invites(employer, invitedBy string) string {
	if invitedBy == "" {
		return fmt.Sprintf("you were invited to the team of %s at ITManagerJobs.", employer)
	}
	return fmt.Sprintf("%s invites you to the team of %s at ITManagerJobs.", invitedBy, employer)
}

// Removed tells a person who was taken out of a team.
func Removed(to, name, employer string) Mail {
	return mailOf(to, "", "You are no longer in the team of "+employer, []string{
		greeting(name),
		fmt.Sprintf("an admin of %s has taken you out of the team at ITManagerJobs. You can't sign in any more.", employer),
	})
}

// SecondFactorOn tells a person that a password alone does not sign in any more.
func SecondFactorOn(to, name string) Mail {
	return mailOf(to, "", "Your second factor is on", []string{
		greeting(name),
		"from now on you sign in to ITManagerJobs with your password and a code of your app. Keep the recovery codes that you were shown: they are for the day when you have lost the app.",
		"If you did not set this up, tell an admin of your company's account at once, or answer this email.",
	})
}

// SecondFactorOff tells a person that a password alone signs in again.
func SecondFactorOff(to, name string) Mail {
	return mailOf(to, "", "Your second factor is off", []string{
		greeting(name),
		"your account at ITManagerJobs has no second factor any more: the password alone signs in.",
		"If you did not turn it off, change your password and set up a second factor at once.",
	})
}

// RecoveryCodeUsed tells a person that a recovery code was used.
func RecoveryCodeUsed(to, name string) Mail {
	return mailOf(to, "", "A recovery code was used", []string{
		greeting(name),
		"somebody has just used one of the recovery codes of your account at ITManagerJobs. Each works once.",
		"If it was not you, change your password at once.",
	})
}

// NewHits tells somebody that a saved search finds new people. n is at most most, which then stands for more.
func NewHits(to, name, search string, n, most int, link string) Mail {
	found := fmt.Sprintf("%d new people match", n)
	switch {
	case n == 1:
		found = "1 new person matches"
	case n >= most:
		found = fmt.Sprintf("More than %d new people match", most)
	}
	return mailWith(to, "", found+": "+search, button{"See them", link}, []string{
		greeting(name),
		fmt.Sprintf("%s your saved search “%s” in the CV database.", found, search),
		link,
		"You get at most one email an hour about it. To get no more, delete the saved search under “CV search”.",
	})
}

// ContactReceived tells a person who has written to the platform under which number that is kept.
func ContactReceived(to, ticket string) Mail {
	return mailOf(to, "", "Your message has arrived: "+ticket, []string{
		"Hello,",
		fmt.Sprintf("somebody has written to ITManagerJobs with this email address, by the contact form. The message has the number %s, and a person answers it by email.", ticket),
		"If it was not you, ignore this email. Nobody has used your address for anything else.",
	})
}
